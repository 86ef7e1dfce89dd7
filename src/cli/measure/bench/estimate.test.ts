import { join } from 'node:path';
import { expect, it } from 'vitest';
import { arb, folderWith } from '../../harness.test.helper.ts';

const target = (name: string, more = '') =>
  `  ${name}: {provider: openai-compatible, base_url: "http://127.0.0.1:9/v1", model: ${name}, price: {input: 1, output: 2}${more}}`;
const targets = [
  ...['targets:', target('big', ', maker: one'), target('small', ', maker: one')],
  ...[
    target('judge-a', ', role: judge, maker: two'),
    target('judge-b', ', role: judge, maker: three'),
  ],
];

async function estimate(quality: string, requests: readonly object[]) {
  const folder = folderWith({
    'w.jsonl': requests.map((each) => JSON.stringify(each)).join('\n'),
    'arb.yaml': [...targets, quality].join('\n'),
  });
  const flags = ['--config', join(folder, 'arb.yaml'), '--estimate'];
  return await arb(['bench', join(folder, 'w.jsonl'), ...flags]);
}

const open = Array.from({ length: 50 }, (_, i) => ({ id: `r-${i}`, prompt: `Say ${i}.` }));
const judged = 'quality: {baseline: big, judges: [judge-a, judge-b]}';

it('has judging as a line of its own, and the second pass of the baseline in its row', async () => {
  const { code, stdout } = await estimate(judged, open);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^judging: up to (\d+) questions to 2 judges, about \$0\.\d+; it comes on top$/m,
  );
  expect(stdout).toMatch(/^big +100 /m);
  expect(stdout).toMatch(/^small +50 /m);
  expect(stdout).toContain('big is asked each request 2 times');
  expect(stdout).toMatch(/nothing was sent\n(?:next: .*\n)?$/);
});

it('has no such line where no judge is named, or where checks decide every answer', async () => {
  const checked = open.map((each, i) => ({ ...each, expect: { number: i } }));
  for (const ran of [await estimate('', open), await estimate(judged, checked)]) {
    expect(ran.code).toBe(0);
    expect(ran.stdout).not.toContain('judging:');
  }
});
