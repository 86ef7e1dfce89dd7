import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseMarket } from '../sim/market/market.ts';
import { startMarket } from '../sim/server/server.ts';
import { arb, folderWith } from './harness.test.helper.ts';

/** Names of fields as code has them, with the path to each. */
function listCodeNames(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    ...(/^[a-z]+[A-Z]/.test(name) ? [`${path}.${name}`] : []),
    ...listCodeNames(field, Array.isArray(value) ? path : `${path}.${name}`),
  ]);
}

it('has in every file and in every --json the names of files, and the names of users as they are', async () => {
  const dials = 'ttft: 1, output_tokens: {default: 12}, accuracy: {default: 0.9}';
  const judge = 'judge: {accuracy: 0.95}';
  const text = `targets:
  One: {model: m-1, price: {input: 1, output: 1}, ${dials}}
  Two: {model: m-2, price: {input: 2, output: 2}, ${dials}}
  judge-a: {model: j-1, price: {input: 1, output: 1}, ${dials}, ${judge}}
  judge-b: {model: j-2, price: {input: 1, output: 1}, ${dials}, ${judge}}
`;
  const lines = Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({
      id: `r-${i}`,
      task: i % 2 === 0 ? 'Odd' : 'Even',
      prompt: `Say ${i} and why`,
    }),
  );
  const folder = folderWith({ 'w.jsonl': lines.join('\n') });
  const file = (name: string) => join(folder, name);
  const workload = file('w.jsonl');
  const market = await startMarket({ market: parseMarket(text, 'market'), workload, port: 0 });
  const entry = (name: string, model: string, more: string) =>
    `  ${name}: {provider: openai-compatible, base_url: "${market.url}/${name}/v1", model: ${model}, maker: ${name}, price: {input: 1, output: 1}${more}}\n`;
  const role = ', role: judge';
  const config = folderWith({
    'arb.yaml': `targets:\n${entry('One', 'm-1', '')}${entry('Two', 'm-2', '')}${entry('judge-a', 'j-1', role)}${entry('judge-b', 'j-2', role)}quality: {baseline: Two, judges: [judge-a, judge-b]}\n`,
  });
  const by = ['--config', join(config, 'arb.yaml')];
  const run = file('run');
  const printed = [
    await arb(['bench', workload, ...by, '--out', run, '--json']),
    await arb(['judge', run, ...by, '--json']),
    await arb(['inspect', workload, ...by, '--json']),
    await arb(['sample', workload, '--requests', '4', '--out', file('s.jsonl'), '--json']),
    await arb(['recommend', run, ...by, '--json', '--summary', file('decided.json')]),
    await arb(['recommend', run, ...by, '--out', file('routes.yaml')]),
    await arb(['check', file('routes.yaml'), run, ...by, '--json']),
    await arb([
      ...['report', run, ...by, '--routes', file('routes.yaml')],
      '--json',
      '--out',
      file('r.html'),
    ]),
    await arb(['compare', run, run, '--json']),
  ].filter(({ stdout }) => stdout.startsWith('{'));
  await market.close();
  expect(printed.length).toBeGreaterThanOrEqual(7);
  const texts = [
    ...printed.map(({ stdout }) => stdout),
    ...['run/manifest.json', 'run/summary.json', 'decided.json'].map((name) =>
      readFileSync(file(name), 'utf8'),
    ),
  ];
  expect(texts.flatMap((each) => listCodeNames(JSON.parse(each)))).toEqual([]);
  expect(texts[0]).toContain('"position_consistency"');
  expect(texts.at(-3)).toContain('"One": {');
});
