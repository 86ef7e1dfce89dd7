import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arb, folderWith } from './harness.test.helper.ts';

const target =
  'targets: {a: {provider: openai-compatible, base_url: "http://127.0.0.1:9/v1", model: m, price: {input: 0, output: 0}}}';

const nested = (levels: number) =>
  `{"prompt":"Hi","extensions":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;

async function inspect(workload: string, limits: string) {
  const folder = folderWith({ 'w.jsonl': workload, 'arb.yaml': `${target}\n${limits}\n` });
  const args = ['inspect', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml')];
  return arb(args);
}

describe('a limit of reading', () => {
  it('of depth is named where a line is over it, and is set in arb.yaml', async () => {
    const refused = await inspect(nested(400), '');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /w\.jsonl:1: nested more than 64 deep \(limits\.workload_depth\)/,
    );
    expect((await inspect(nested(400), 'limits: {workload_depth: 450}')).code).toBe(0);
  });

  it('of the length of a line is named where one is over it, and is set in arb.yaml', async () => {
    const workload = `{"prompt":"Hi"}\n{"prompt":"${'x'.repeat(70_000)}"}`;
    const refused = await inspect(workload, 'limits: {workload_line_mb: 0.0625}');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /w\.jsonl:2: the line has more than 0\.0625 MB \(limits\.workload_line_mb\)/,
    );
    expect((await inspect(workload, 'limits: {workload_line_mb: 0.07}')).code).toBe(0);
  });

  it('of the time of a pattern is named where it is over, and is set in arb.yaml', async () => {
    const folder = folderWith({
      'log.jsonl': JSON.stringify({ prompt: `${'a'.repeat(60)}b` }),
      'arb.yaml': `${target}\nlimits: {check_ms: 30}\nredact: {patterns: {slow: "^(a+)+$"}}\n`,
    });
    const log = join(folder, 'log.jsonl');
    const config = ['--config', join(folder, 'arb.yaml')];
    const refused = await arb([
      'import',
      log,
      '--redact',
      ...config,
      '-o',
      join(folder, 'o.jsonl'),
    ]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/no end after 30 ms, limits\.check_ms/);
  });

  it.each(['workload_depth: 501', 'workload_line_mb: 257', 'check_ms: .inf'])(
    'has an end: %s is refused',
    async (limit) => {
      const { code, stderr } = await inspect('{"prompt":"Hi"}', `limits: {${limit}}`);
      expect(code).toBe(2);
      expect(stderr).toMatch(/arb\.yaml:2: limits\./);
    },
  );
});
