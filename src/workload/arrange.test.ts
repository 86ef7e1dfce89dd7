import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Arrangement, arrangeWorkload } from './arrange.ts';
import { surveyWorkload } from './read.ts';

async function arranged(lines: readonly object[], arrangement: Arrangement) {
  const file = join(mkdtempSync(join(tmpdir(), 'arb-arrange-')), 'workload.jsonl');
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  const survey = await surveyWorkload(file);
  const read = await arrangeWorkload(survey, arrangement, () => true);
  const once = (await Array.fromAsync(read())).flat();
  expect((await Array.fromAsync(read())).flat()).toEqual(once);
  return once;
}

const request = { messages: [{ role: 'user', content: 'é – ok' }] };

it('asks every request once in an order of the seed, and a session from its first turn to its last', async () => {
  const lines = Array.from({ length: 200 }, (_, index) => ({
    id: `r-${index}`,
    request,
    ...(index % 4 === 0 && { session: `s-${index % 3}` }),
  }));
  const [one, same, other] = [
    await arranged(lines, { kind: 'random', seed: 1 }),
    await arranged(lines, { kind: 'random', seed: 1 }),
    await arranged(lines, { kind: 'random', seed: 2 }),
  ];
  const ids = one.map(({ id }) => id);
  expect(new Set(ids).size).toBe(200);
  expect(ids).toEqual(same.map(({ id }) => id));
  expect(ids).not.toEqual(other.map(({ id }) => id));
  expect(ids).not.toEqual(lines.map(({ id }) => id));
  const turns = one.flatMap(({ session, line }, place) =>
    session === 's-1' ? { line, place } : [],
  );
  expect(turns.map(({ line }) => line)).toEqual(
    turns.map(({ line }) => line).sort((a, b) => a - b),
  );
  expect((turns.at(-1)?.place ?? 0) - (turns[0]?.place ?? 0)).toBe(turns.length - 1);
});

it('replays recorded arrivals by time from the earliest, whatever the order of the file', async () => {
  const lines = [300, 100, 200, 100].map((at_ms, index) => ({ id: `r-${index}`, at_ms, request }));
  const order = await arranged(lines, { kind: 'time' });
  expect(order.map(({ id }) => id)).toEqual(['r-1', 'r-3', 'r-2', 'r-0']);
});
