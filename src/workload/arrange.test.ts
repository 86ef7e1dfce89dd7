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

it('asks a session that was exported newest first (PostHog/posthog 48332) from its earliest turn', async () => {
  const turns = [5, 4, 3, 2, 1].flatMap((turn) =>
    ['s-1', 's-2'].map((session) => ({ id: `${session}/${turn}`, session, at_ms: turn, request })),
  );
  const order = await arranged(turns, { kind: 'random', seed: 3 });
  const asked = (wanted: string) =>
    order.flatMap(({ id, session }) => (session === wanted ? [id] : []));
  expect(asked('s-1')).toEqual([1, 2, 3, 4, 5].map((turn) => `s-1/${turn}`));
  expect(asked('s-2')).toEqual([1, 2, 3, 4, 5].map((turn) => `s-2/${turn}`));
  const first = order.map(({ session }) => session);
  expect(first.lastIndexOf(first[0]) - first.indexOf(first[0])).toBe(4);
});

it('leaves a session in the order of the file where one of its turns has no time', async () => {
  const turns = [{ at_ms: 3 }, {}, { at_ms: 1 }];
  const lines = turns.map((time, index) => ({ id: `r-${index}`, session: 's', ...time, request }));
  const order = await arranged(lines, { kind: 'random', seed: 1 });
  expect(order.map(({ id }) => id)).toEqual(['r-0', 'r-1', 'r-2']);
});

it('refuses to replay recorded arrivals with one missing (smg-project/smg 636) before the first is asked', async () => {
  const lines = [{ at_ms: 0, request }, { request }, { at_ms: 5, request }];
  await expect(arranged(lines, { kind: 'time' })).rejects.toThrow(/line 2 .* has no at_ms/);
});
