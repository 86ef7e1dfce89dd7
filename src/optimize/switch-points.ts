import {
  meanCost,
  type OutcomeVector,
  slowShare,
  targetVector,
} from '../outcome/outcome-vector.ts';
import type { OutcomeTable } from '../outcome/table.ts';
import { makePolicy } from '../policy/write.ts';
import type { Interval } from '../statistics/proportion.ts';
import { tangoInterval } from '../statistics/tango.ts';
import { draftPolicy } from './draft.ts';
import { withShare } from './problem/budget.ts';
import type { RecommendOptions } from './problem/options.ts';
import { ruleByRow } from './problem/policy-vector.ts';
import { createInstance } from './problem/problem.ts';
import { formatSlo, type Slo, timesOf } from './problem/slo.ts';
import { createQuestion } from './question.ts';
import { recommendTable } from './recommend.ts';
import { at, floatAt, intAt } from './rows/at.ts';
import { everyRow } from './rows/units.ts';
import { solve } from './solve/solve.ts';

/** Requests that now go elsewhere than the optimum of an earlier run would send them. */
export interface Change {
  /** The rule that they meet now. */
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  /** Of the requests of the later run. */
  readonly share: number;
  /** Empty where nothing measurable changed: the two runs differ by noise. */
  readonly why: readonly Reason[];
}

/** What is different about a target since the earlier run, on the requests of a change. */
export type Reason =
  | { readonly kind: 'new-target' | 'gone-target'; readonly target: string }
  | {
      readonly kind: 'price';
      readonly target: string;
      /** USD per request. */
      readonly before: number;
      readonly now: number;
    }
  | { readonly kind: 'quality'; readonly target: string; readonly change: Interval }
  | {
      readonly kind: 'latency';
      readonly target: string;
      readonly slo: string;
      /** Shares of slow requests. */
      readonly before: number;
      readonly now: number;
    };

/** Costs that moved less than this are the noise of answer lengths. */
const movedCost = 0.02;
/** Slow shares that moved less than this, in points. */
const movedSlow = 0.02;

/** `--since RUN`: what the optimum would do otherwise now than then, and why. Largest first. */
export function changesSince(
  before: OutcomeTable,
  now: OutcomeTable,
  asked: RecommendOptions = {},
): readonly Change[] {
  const optimum = (table: OutcomeTable) =>
    makePolicy(draftPolicy(recommendTable(table, { ...asked, proof: 'none' })));
  const [then, today] = [optimum(before), optimum(now)];
  const met = ruleByRow(now, today);
  const old = ruleByRow(now, then);
  const moved = new Map<string, { rule: string; from: string; to: string; rows: number[] }>();
  met.forEach((index, row) => {
    const rule = today.rules[index];
    const [from, to] = [then.rules[intAt(old, row)]?.use ?? '', rule?.use ?? ''];
    if (from === to) return;
    const key = JSON.stringify([rule?.name, from, to]);
    const change = moved.get(key) ?? { rule: rule?.name ?? '', from, to, rows: [] };
    change.rows.push(row);
    moved.set(key, change);
  });
  const slos = asked.slos ?? [];
  return [...moved.values()]
    .map(({ rule, from, to, rows }): Change => {
      const twins = pairRows(before, now, rows);
      const why = [from, to].flatMap((target) => findReasons(before, now, { target, twins, slos }));
      return { rule, from, to, share: rows.length / now.rows, why };
    })
    .sort((a, b) => b.share - a.share || (a.rule < b.rule ? -1 : 1));
}

/** Rows of the same requests in both tables; all rows of the cells where no request recurs. */
interface Twins {
  readonly before: Int32Array;
  readonly now: Int32Array;
  readonly paired: boolean;
}

function pairRows(before: OutcomeTable, now: OutcomeTable, rows: readonly number[]): Twins {
  const place = new Map<string, number>();
  for (let row = 0; row < before.rows; row++) place.set(before.requests.name(row), row);
  const both = rows.flatMap((row) => {
    const twin = place.get(now.requests.name(row));
    return twin === undefined ? [] : [{ row, twin }];
  });
  if (both.length > 0) {
    return {
      before: Int32Array.from(both, ({ twin }) => twin),
      now: Int32Array.from(both, ({ row }) => row),
      paired: true,
    };
  }
  const all = everyRow(before.rows);
  return { before: all, now: Int32Array.from(rows), paired: false };
}

function findReasons(
  before: OutcomeTable,
  now: OutcomeTable,
  { target, twins, slos }: { target: string; twins: Twins; slos: readonly Slo[] },
): Reason[] {
  const [then, today] = [before.targets.indexOf(target), now.targets.indexOf(target)];
  if (then < 0) return [{ kind: 'new-target', target }];
  if (today < 0) return [{ kind: 'gone-target', target }];
  if (!twins.paired) return [];
  const [old, current] = [targetVector(before, then), targetVector(now, today)];
  const cost = { before: meanOver(old, twins.before), now: meanOver(current, twins.now) };
  const priced = Math.abs(cost.now - cost.before) > movedCost * cost.before;
  const change = qualityChange(old, current, twins);
  const scored = change.low > 0 || change.high < 0;
  return [
    ...(priced ? [{ kind: 'price' as const, target, ...cost }] : []),
    ...(scored ? [{ kind: 'quality' as const, target, change }] : []),
    ...slos.flatMap((slo): Reason[] => {
      const slow = {
        before: slowOver(old, slo, twins.before),
        now: slowOver(current, slo, twins.now),
      };
      if (Math.abs(slow.now - slow.before) <= movedSlow) return [];
      return [{ kind: 'latency', target, slo: formatSlo(slo), ...slow }];
    }),
  ];
}

/** USD per request. */
function meanOver(vector: OutcomeVector, rows: Int32Array): number {
  return rows.reduce((sum, row) => sum + floatAt(vector.cost, row), 0) / rows.length / 1e9;
}

function slowOver(vector: OutcomeVector, slo: Slo, rows: Int32Array): number {
  const times = timesOf(vector, slo);
  return rows.reduce((sum, row) => sum + slowShare(times, row, slo.atMost), 0) / rows.length;
}

function qualityChange(old: OutcomeVector, current: OutcomeVector, twins: Twins): Interval {
  let [n, gains, losses] = [0, 0, 0];
  twins.now.forEach((row, i) => {
    const [after, prior] = [
      intAt(current.quality, row),
      intAt(old.quality, intAt(twins.before, i)),
    ];
    if (after < 0 || prior < 0) return;
    n++;
    if (after > prior) gains += (after - prior) / 1e6;
    else losses += (prior - after) / 1e6;
  });
  return tangoInterval({ n, gains, losses });
}

/** What it would take for a target that the optimum does not use to be used. */
export interface SwitchPoint {
  readonly target: string;
  /** It enters at this part of its present cost; absent where it would not even for nothing. */
  readonly atCost?: number;
}

/** 2^-10: a tenth of a percent of the cost. */
const halvings = 10;
/** Of the budget that is left, for each optimum. */
const eachShare = 1 / 8;

/** The price cut, in parts of its cost, at which each unused target would enter the optimum. */
export function switchPoints(table: OutcomeTable, asked: RecommendOptions = {}): SwitchPoint[] {
  const { study, demands, groups } = createQuestion(table, asked);
  const instance = createInstance({ study, groups }, demands);
  const uses = (target: number, part: number) => {
    const cost = instance.cost.map((sums, t) =>
      t === target ? sums.map((sum) => Math.round(sum * part)) : sums,
    );
    const solution = withShare(study.budget, eachShare, (budget) =>
      solve({ ...instance, cost }, { budget }),
    );
    return solution.state === 'solved' && solution.pieces.some((piece) => piece.target === target);
  };
  const order = study.vectors.map((vector) => meanCost(vector, table));
  return study.names
    .map((name, target) => ({ name, target }))
    .filter(({ target }) => !uses(target, 1))
    .sort((a, b) => at(order, a.target) - at(order, b.target) || (a.name < b.name ? -1 : 1))
    .map(({ name, target }): SwitchPoint => {
      if (!uses(target, 0)) return { target: name };
      let [enters, stays] = [0, 1];
      for (let i = 0; i < halvings; i++) {
        const middle = (enters + stays) / 2;
        if (uses(target, middle)) enters = middle;
        else stays = middle;
      }
      return { target: name, atCost: enters };
    });
}
