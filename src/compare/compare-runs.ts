import { UsageError } from '../errors.ts';
import type { Circumstance, MeasuredChange, Refusal } from './change.ts';
import { findDifferences } from './circumstances.ts';
import { measureChanges, type Sides } from './measure-change.ts';
import type { RequestFigures, RunRows } from './run-rows.ts';

/** Two runs side by side. */
export interface RunComparison {
  readonly before: string;
  readonly after: string;
  /** Whether requests are compared one by one: both runs replayed the same workload. */
  readonly same_requests: boolean;
  readonly circumstances: readonly Circumstance[];
  readonly refusals: readonly Refusal[];
  /** By target over all tasks, then by task. Without what must not be compared. */
  readonly changes: readonly MeasuredChange[];
  /** Targets that only one of the runs has. */
  readonly only_before: readonly string[];
  readonly only_after: readonly string[];
}

/** Tasks with fewer requests than this in either run say nothing by themselves. */
const fewest = 20;

/**
 * What changed from one run to another, with limits of error `alpha`.
 *
 * @throws UsageError where the runs share no target.
 */
export function compareRuns(before: RunRows, after: RunRows, alpha = 0.05): RunComparison {
  const shared = [...before.targets.keys()].filter((target) => after.targets.has(target));
  if (shared.length === 0) {
    const names = (run: RunRows) => [...run.targets.keys()].join(', ') || 'none';
    throw new UsageError(
      `${before.dir} and ${after.dir} share no target: ${names(before)} against ${names(after)}. Compare runs of the same arb.yaml.`,
    );
  }
  const { circumstances, refusals } = findDifferences(before.manifest, after.manifest);
  const found = [...refusals, ...refuseKinds(before, after, shared)];
  const sides = shared.flatMap((target) => [...listSides(before, after, target)]);
  const changes = sides.flatMap((each) => measureChanges(each, alpha));
  const without = (one: RunRows, other: RunRows) =>
    [...one.targets.keys()].filter((target) => !other.targets.has(target));
  return {
    before: before.dir,
    after: after.dir,
    same_requests: isSameWorkload(before, after),
    circumstances,
    refusals: found,
    changes: changes.filter((change) => !findRefusal(change, found)),
    only_before: without(before, after),
    only_after: without(after, before),
  };
}

export const isSameWorkload = ({ manifest: one }: RunRows, { manifest: other }: RunRows): boolean =>
  one.workload.hash === other.workload.hash;

/** The requests of a target as a whole and by task. */
export function* listSides(before: RunRows, after: RunRows, target: string): Generator<Sides> {
  const [one, other] = [before.targets.get(target), after.targets.get(target)];
  if (!one || !other) return;
  const sameRequests = isSameWorkload(before, after);
  yield { target, before: one, after: other, sameRequests };
  const tasks = new Set([...one.values()].flatMap(({ task }) => task ?? []));
  if (tasks.size < 2) return;
  for (const task of tasks) {
    const [ofOne, ofOther] = [pickTask(one, task), pickTask(other, task)];
    if (ofOne.size < fewest || ofOther.size < fewest) continue;
    yield { target, task, before: ofOne, after: ofOther, sameRequests };
  }
}

function pickTask(
  rows: ReadonlyMap<string, RequestFigures>,
  task: string,
): Map<string, RequestFigures> {
  return new Map([...rows].filter(([, row]) => row.task === task));
}

/** Scores of two kinds are never compared: a check and a judge mean different things. */
export function refuseKinds(
  before: RunRows,
  after: RunRows,
  targets: readonly string[],
): Refusal[] {
  return targets.flatMap((target): Refusal[] => {
    const [one, other] = [listKinds(before, target), listKinds(after, target)];
    if (one === other) return [];
    const why = `quality is by ${one || 'nothing'} before and by ${other || 'nothing'} after`;
    return [{ metrics: ['quality'], target, why }];
  });
}

function listKinds({ targets }: RunRows, target: string): string {
  const kinds = [...(targets.get(target)?.values() ?? [])].flatMap(({ kind }) => kind ?? []);
  return [...new Set(kinds)].sort().join(' and ');
}

/** Why a figure of a target must not be compared; nothing where it may be. */
export function findRefusal(
  { metric, target }: Pick<MeasuredChange, 'metric' | 'target'>,
  refusals: readonly Refusal[],
): Refusal | undefined {
  return refusals.find(
    (refusal) =>
      refusal.metrics.includes(metric) &&
      (refusal.target === undefined || refusal.target === target),
  );
}
