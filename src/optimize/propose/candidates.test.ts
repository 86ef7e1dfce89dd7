import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../../outcome/read.ts';
import type { OutcomeRow } from '../../outcome/row.ts';
import { dice } from '../../statistics/random.test.helper.ts';
import type { RecommendOptions } from '../problem/options.ts';
import { recommendTable } from '../recommend.ts';

interface Truth {
  readonly usd: number;
  /** Chance of a right answer by task. */
  readonly right: Readonly<Record<string, number>>;
}

/** Requests of tasks with weights, each answered by every target; what is hard is hard for all. */
function market(
  n: number,
  tasks: Readonly<Record<string, number>>,
  targets: Readonly<Record<string, Truth>>,
) {
  const roll = dice(7);
  const chance = () => roll(1_000_000) / 1_000_000;
  const names = Object.entries(tasks).flatMap(([name, weight]) => Array(weight).fill(name));
  const rows: OutcomeRow[] = [];
  for (let i = 0; i < n; i++) {
    const task = String(names[i % names.length]);
    const hard = chance();
    for (const [target, { usd, right }] of Object.entries(targets)) {
      const own = chance() < 0.8 ? hard : chance();
      rows.push({
        ...{ request_id: `r${i}`, target, task, input_tokens: 100 + roll(900) },
        cost_usd: usd,
        quality: own < (right[task] ?? 0) ? 1 : 0,
      });
    }
  }
  return toOutcomeTable(rows);
}

const tasks = { chat: 12, rag: 7, translate: 1 };
const well = { chat: 0.95, rag: 0.95, translate: 0.95 };
const big = { usd: 0.01, right: well };
const ask = {
  by: ['task', 'input_tokens'],
  baseline: 'big',
  floor: 'baseline-0.05',
} as const satisfies RecommendOptions;

describe('a task that would collapse', () => {
  const small = { usd: 0.001, right: { ...well, translate: 0.6 } };
  const table = market(3_000, tasks, { big, small });

  it('stays with the baseline, though the floor over all requests would hold without it', () => {
    const found = recommendTable(table, ask);
    expect(found.status).toBe('certified');
    const use = found.rules.find(({ when }) => when?.task?.includes('translate'))?.use;
    expect(use).toBe('big');
    expect(found.certificate?.guardedTasks).toEqual(['translate']);
    expect(found.certificate?.mostTaskLoss).toBe(0.1);
  });

  it('is given up for the money where that is allowed', () => {
    const found = recommendTable(table, { ...ask, taskLoss: 'allowed' });
    expect(found.rules.map(({ use }) => use)).toEqual(['small']);
  });

  it('is given up where it has a floor of its own that allows it', () => {
    const found = recommendTable(table, { ...ask, perTask: { translate: 'baseline-0.9' } });
    expect(found.certificate?.guardedTasks).toEqual([]);
  });

  it('is named with the way out where nothing else is cheaper', () => {
    const weak = { usd: 0.001, right: { chat: 0.3, rag: 0.3, translate: 0.7 } };
    const alone = market(3_000, { chat: 5, rag: 4, translate: 1 }, { big, weak });
    const found = recommendTable(alone, { ...ask, by: ['task'] });
    expect(found.status).toBe('keep-current');
    expect(found.certificate?.verdict).toBe('FAIL');
    expect(found.certificate?.why).toBe(
      'what keeps the floor is shown to lose more than 0.1 on translate; --allow-task-loss allows it',
    );
  });

  it('is no concern of a policy that keeps what is below 5 % of the traffic', () => {
    const rare = market(4_000, { chat: 24, rag: 15, translate: 1 }, { big, small });
    const found = recommendTable(rare, ask);
    expect(found.certificate?.guardedTasks).toEqual([]);
  });
});

describe('the fewest rules for the money', () => {
  const direct = { usd: 0.001, right: well };

  it('does not split between two routes of one price and one quality', () => {
    const table = market(
      3_000,
      { chat: 2, rag: 2, math: 1, legal: 1 },
      {
        big: { usd: 0.01, right: { ...well, math: 0.95, legal: 0.95 } },
        direct: { usd: 0.001, right: { ...well, math: 0.95, legal: 0.95 } },
        agg: { usd: 0.001, right: { ...well, math: 0.95, legal: 0.95 } },
      },
    );
    const found = recommendTable(table, ask);
    expect(found.status).toBe('certified');
    expect(new Set(found.rules.map(({ use }) => use)).size).toBe(1);
    expect(found.rules).toHaveLength(1);
  });

  it('still splits between two models of one price that are good at other tasks', () => {
    const table = market(
      3_000,
      { chat: 1, rag: 1 },
      {
        big,
        left: { usd: 0.001, right: { ...well, rag: 0.5 } },
        right: { usd: 0.001, right: { ...well, chat: 0.5 } },
      },
    );
    const found = recommendTable(table, ask);
    expect(found.rules.map(({ use }) => use).sort()).toEqual(['left', 'right']);
  });

  it('gives up as much of the saving for fewer rules as it may, and no more', () => {
    // Half of a hundredth of the saving is in a second cheap target for one task.
    const table = market(
      4_000,
      { chat: 9, rag: 1 },
      {
        big,
        direct,
        thrift: { usd: 0.0006, right: { ...well, chat: 0.5 } },
      },
    );
    const simple = recommendTable(table, ask);
    const exact = recommendTable(table, { ...ask, simpler: 0 });
    expect(simple.rules).toHaveLength(1);
    expect(exact.rules.length).toBeGreaterThan(1);
    expect(simple.deployed.saving).toBeGreaterThan(0.99 * exact.deployed.saving);
  });
});

describe('pinned and forbidden', () => {
  const direct = { usd: 0.001, right: well };
  const thrift = { usd: 0.0002, right: well };
  const table = market(3_000, { chat: 1, rag: 1 }, { big, direct, thrift });
  const usedFor = (options: Partial<RecommendOptions>, task: string) => {
    const { rules } = recommendTable(table, { ...ask, ...options });
    const found = rules.find(({ when }) => !when?.task || when.task.includes(task));
    return found && [found.use, ...found.fallback];
  };

  it('sends pinned requests to their target, whatever is cheaper, and others as before', () => {
    const pin = [{ when: { task: ['rag'] }, use: 'direct' }];
    expect(usedFor({ pin }, 'rag')?.[0]).toBe('direct');
    expect(usedFor({ pin }, 'chat')?.[0]).toBe('thrift');
  });

  it('never sends forbidden requests to their target, not as a fallback either', () => {
    const forbid = [{ when: { task: ['rag'] }, use: 'thrift' }];
    expect(usedFor({ forbid }, 'rag')).toEqual(['direct', 'big']);
    expect(usedFor({ forbid }, 'chat')?.[0]).toBe('thrift');
  });

  it('keeps a pinned target in use', () => {
    const { rules } = recommendTable(table, { ...ask, pinnedTargets: ['direct'], proof: 'none' });
    expect(rules.map(({ use }) => use)).toContain('direct');
  });
});
