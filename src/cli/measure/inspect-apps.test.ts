import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findApp } from '../../workload/app.ts';
import { arb, folderWith } from '../harness.test.helper.ts';

const asked = (system: string) => ({
  messages: [
    { role: 'system', content: system },
    { role: 'user', content: 'Hi' },
  ],
});

describe('arb inspect', () => {
  it('shows applications by fingerprint and text, arb.yaml names them, small ones are other', async () => {
    const [clerk, lawyer] = ['You are a friendly clerk.', 'You are a lawyer.'];
    const rare = (at: number) => asked(`Rare ${'x'.repeat(at)} thing`);
    const requests = [
      ...Array.from({ length: 150 }, () => asked(clerk)),
      ...Array.from({ length: 50 }, () => asked(lawyer)),
      ...[1, 2, 3].map(rare),
    ];
    const [one, two] = [clerk, lawyer].map((system) =>
      findApp({ metadata: {}, body: asked(system) }),
    );
    const folder = folderWith({
      'w.jsonl': requests.map((request) => JSON.stringify({ request })).join('\n'),
      'arb.yaml': `targets: {a: {provider: openai-compatible, base_url: "http://127.0.0.1:1/v1", model: m, price: {input: 1, output: 1}}}\napps: {legal: ${two}}\n`,
    });
    const args = ['inspect', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml')];
    const { code, stdout } = await arb(args);
    expect(code).toBe(0);
    expect(stdout).toContain(`${one} friendly clerk`);
    expect(stdout).toContain(`${two} legal`);
    expect(stdout).toMatch(/app +other +3 /);
    const json = JSON.parse((await arb([...args, '--json'])).stdout);
    expect(json.app_names).toMatchObject({
      [String(one)]: 'friendly clerk',
      [String(two)]: 'legal',
    });
  });

  it('says what weights cost: of 100 requests of which 10 weigh 10, 67 % of the power', async () => {
    const lines = (weigh: (i: number) => number) =>
      Array.from({ length: 100 }, (_, i) =>
        JSON.stringify({ request: asked(`Clerk ${i}`), weight: weigh(i) }),
      ).join('\n');
    const folder = folderWith({
      'heavy.jsonl': lines((i) => (i < 10 ? 10 : 1)),
      'even.jsonl': lines(() => 1),
    });
    // (10 x 10 + 90)^2 / (10 x 100 + 90) = 33.1
    const { stdout } = await arb(['inspect', join(folder, 'heavy.jsonl')]);
    expect(stdout).toContain('100 requests prove as much as 33 that all weigh the same');
    expect(stdout).toMatch(/66\.\d % of the power/);
    expect((await arb(['inspect', join(folder, 'even.jsonl')])).stdout).not.toContain('weigh');
  });
});
