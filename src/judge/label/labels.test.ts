import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import type { Verdict } from '../check/verdict.ts';
import { chat } from '../replay.test.helper.ts';
import { correctedDifference, correctedMeans } from './corrected.ts';
import { labelRows, readLabelSheet } from './label-sheet.ts';
import { chooseLabels } from './labels.ts';

const verdict = (index: number, target: string, change: Partial<Verdict> = {}): Verdict => {
  const quality = change.quality ?? 1;
  return {
    request_id: `r-${index}`,
    target,
    pass: 1,
    quality,
    quality_kind: 'pairwise',
    by: 'a',
    votes: [{ judge: 'a', score: quality }],
    ...change,
  };
};

function byRule(index: number): Verdict {
  const { votes: _, ...rest } = verdict(index, 'x', { quality: 0.5, by: 'identical' });
  return rest;
}

const taskOf = (id: string) => (Number(id.slice(2)) % 5 === 0 ? 'rare' : 'common');

describe('choosing what people label', () => {
  const verdicts = Array.from({ length: 400 }, (_, index) =>
    ['x', 'y'].map((target) =>
      verdict(index, target, { quality: index % 40 === 0 ? 0 : index % 4 === 0 ? 0.5 : 1 }),
    ),
  ).flat();

  it('takes as many as asked, from every target, task and verdict', () => {
    const tasks = chooseLabels(verdicts, { count: 60, seed: 1, taskOf });
    expect(tasks).toHaveLength(60);
    const strata = tasks.map(({ target, request_id }) => {
      const quality = verdicts.find((each) => each.request_id === request_id)?.quality;
      return `${target} ${taskOf(request_id)} ${quality}`;
    });
    const counted = Map.groupBy(strata, (stratum) => stratum);
    // Lost verdicts fall on index 0, 40, 80 ..., all of the rare task.
    expect([...counted.keys()].sort()).toEqual(
      ['x', 'y'].flatMap((target) =>
        ['common 0.5', 'common 1', 'rare 0', 'rare 0.5', 'rare 1'].map(
          (rest) => `${target} ${rest}`,
        ),
      ),
    );
    expect(Math.min(...[...counted.values()].map((each) => each.length))).toBeGreaterThanOrEqual(2);
  });

  it('is the same for one seed, and in another order for another', () => {
    const ids = (seed: number) =>
      chooseLabels(verdicts, { count: 30, seed, taskOf }).map(({ label_id }) => label_id);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(2)).not.toEqual(ids(1));
    const tasks = chooseLabels(verdicts, { count: 200, seed: 3, taskOf });
    const first = tasks.filter((task) => task.first === 'candidate').length;
    expect(first).toBeGreaterThan(70);
    expect(first).toBeLessThan(130);
  });

  it('leaves out what a rule decided, and prefers pairs on which judges differ', () => {
    const ruled = Array.from({ length: 100 }, (_, index) => byRule(index));
    expect(chooseLabels(ruled, { count: 10, seed: 1, taskOf })).toEqual([]);
    const split = Array.from({ length: 200 }, (_, index) =>
      verdict(index, 'x', {
        votes: [
          { judge: 'a', score: 1 },
          { judge: 'b', score: index < 100 ? 1 : 0 },
        ],
      }),
    );
    const chosen = chooseLabels(split, { count: 50, seed: 1, taskOf: () => undefined });
    const differing = chosen.filter(({ request_id }) => Number(request_id.slice(2)) >= 100).length;
    expect(differing).toBe(30);
  });

  it('asks for all there are where more are wanted, and none twice', () => {
    const few = verdicts.slice(0, 7);
    const tasks = chooseLabels(few, { count: 50, seed: 1, taskOf });
    expect(new Set(tasks.map(({ label_id }) => label_id)).size).toBe(7);
    const done = new Set(tasks.slice(0, 5).map(({ label_id }) => label_id));
    expect(chooseLabels(few, { count: 50, seed: 1, taskOf, done })).toHaveLength(2);
  });
});

describe('a label sheet', () => {
  const tasks = chooseLabels(
    [0, 1, 2, 3, 4, 5].map((index) => verdict(index, 'secret-target')),
    { count: 6, seed: 1, taskOf },
  );
  const rows = labelRows(tasks, {
    request: (id) => chat(Number(id.slice(2))),
    answer: ({ request_id, target, pass }) => ({ request_id, target, pass, answer: 'CANDIDATE' }),
    reference: () => ({ answer: 'OPPONENT', target: 'secret-base', maker: 'm' }),
  });

  it('shows both answers and the request, and not whose they are', () => {
    expect(rows).toHaveLength(6);
    expect(JSON.stringify(rows)).not.toContain('secret');
    expect(rows[0]?.request).toContain('what of');
    for (const [index, row] of rows.entries()) {
      const candidate = tasks[index]?.first === 'candidate' ? row.first : row.second;
      expect(candidate).toBe('CANDIDATE');
    }
  });

  it.each([',', ';', '\t'])('is read back with the order undone, split by %j', (split) => {
    const lines = tasks.map(({ label_id, first }, index) => {
      const candidate = first === 'candidate' ? 'first' : 'second';
      return [label_id, `"a; b, c"`, ['tie', 'skip', ''][index] ?? candidate].join(split);
    });
    const csv = `\ufeff${['label_id', 'note', 'verdict'].join(split)}\r\n${lines.join('\r\n')}\r\n`;
    const labels = readLabelSheet(csv, tasks, 'sheet.csv');
    expect(labels.map(({ score }) => score)).toEqual([0.5, 1, 1, 1]);
    expect(labels[1]).toEqual({
      request_id: tasks[3]?.request_id,
      target: 'secret-target',
      pass: 1,
      score: 1,
    });
  });

  it('names every bad line', () => {
    const [one, two] = tasks.map(({ label_id }) => label_id);
    const csv = `label_id,verdict\n${one},maybe\nffff,first\n${two},first\n${two},second\n`;
    const read = () => readLabelSheet(csv, tasks, 'sheet.csv');
    expect(read).toThrow(UsageError);
    expect(read).toThrow(/sheet.csv:2: "maybe" is not first, second, tie or skip/);
    expect(read).toThrow(/sheet.csv:3: label_id "ffff" is not one/);
    expect(read).toThrow(/sheet.csv:5: ".*" has two verdicts/);
    expect(() => readLabelSheet('label_id\nx\n', tasks, 's.csv')).toThrow(/no column "verdict"/);
    expect(() => readLabelSheet('label_id,verdict\n"open,first', tasks, 's.csv')).toThrow(
      UsageError,
    );
  });
});

describe('means corrected by people', () => {
  it('move to what people say, and leave alone what a rule decided', () => {
    // The judge says won everywhere; people agree in three of four.
    const verdicts = Array.from({ length: 300 }, (_, index): Verdict => {
      if (index >= 200) return byRule(index);
      return verdict(index, 'x');
    });
    const labels = Array.from({ length: 80 }, (_, index) => ({
      request_id: `r-${index}`,
      target: 'x',
      pass: 1,
      score: index % 4 === 0 ? 0 : 1,
    }));
    const [mean] = correctedMeans({ verdicts, labels, taskOf });
    expect(mean).toMatchObject({ target: 'x', kind: 'pairwise', labels: 80 });
    expect(mean?.estimate).toBeCloseTo((200 * 0.75 + 100 * 0.5) / 300, 1);
    expect(mean?.judge).toBeCloseTo(250 / 300);
    expect((mean?.high ?? 1) < (mean?.judge ?? 0)).toBe(true);
  });

  it('compare two targets on the requests that people labelled for both', () => {
    const verdicts = Array.from({ length: 200 }, (_, index) => [
      verdict(index, 'x', { quality: 1 }),
      verdict(index, 'y', { quality: index % 2 }),
    ]).flat();
    const labels = Array.from({ length: 60 }, (_, index) =>
      ['x', 'y'].map((target) => ({
        request_id: `r-${index}`,
        target,
        pass: 1,
        score: target === 'x' ? 1 : index % 2,
      })),
    ).flat();
    const difference = correctedDifference(
      { verdicts, labels, taskOf },
      { target: 'x', other: 'y' },
    );
    expect(difference).toMatchObject({ labels: 60, kind: 'pairwise' });
    expect(difference?.estimate).toBeCloseTo(0.5);
    expect(correctedMeans({ verdicts, labels: [], taskOf })).toEqual([]);
  });
});
