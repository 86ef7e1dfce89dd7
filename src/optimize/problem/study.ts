import { InfeasibleError, TargetsError, UsageError } from '../../errors.ts';
import { nearest } from '../../input.ts';
import {
  meanCost,
  meanQuality,
  type OutcomeVector,
  targetVector,
  totalWeight,
} from '../../outcome/outcome-vector.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import type { OutcomeTable } from '../../outcome/table.ts';
import { findUnits, type Units } from '../rows/units.ts';
import { createBudget, type SearchBudget } from './budget.ts';
import { findBursts } from './bursts.ts';
import type { NormalOptions } from './options.ts';
import { policyVector } from './policy-vector.ts';
import { type Finding, inspectTable } from './sanity.ts';

/** A table with the questions asked of it: who may serve, and what they are compared with. */
export interface Study {
  readonly table: OutcomeTable;
  readonly options: NormalOptions;
  /** Names of the targets that may be in a policy, in the order of every per-candidate array. */
  readonly names: readonly string[];
  readonly vectors: readonly OutcomeVector[];
  readonly best: OutcomeVector;
  /** What is paid today, or the best single target. */
  readonly baseline: OutcomeVector;
  readonly findings: readonly Finding[];
  readonly totalWeight: number;
  /** Which rows stand or fall together. */
  readonly units: Units;
  /** Shared by every search of a recommendation. */
  readonly budget: SearchBudget;
  /** By target of the table: the burst of failed or slow attempts that each row is in, -1 = none. */
  readonly bursts: readonly Int32Array[];
}

/** @throws UsageError for a name that is neither a target nor a task: it would change nothing */
function checkIncluded({ targets, features }: OutcomeTable, { include }: NormalOptions): void {
  const known = [...targets, ...(features.get('task')?.values ?? [])];
  for (const name of include) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${meant}?`;
    throw new UsageError(`--include: no target and no task is named "${name}". ${hint}`);
  }
}

export function createStudy(table: OutcomeTable, options: NormalOptions): Study {
  checkIncluded(table, options);
  const { findings, kept } = inspectTable(table, options);
  if (kept.length === 0) {
    throw new TargetsError('no target has answers with a price. Check the run, or --include one.');
  }
  const vectors = kept.map((index) => targetVector(table, index));
  const names = vectors.map((vector) => vector.name);
  const broken = new Set(
    findings.flatMap(({ excludes, about }) => (excludes === 'target-on-task' ? [about] : [])),
  );
  const sound = vectors.filter(({ name }) => !broken.has(name));
  const best = pickBest(sound.length > 0 ? sound : vectors, table);
  return {
    table,
    options,
    names,
    vectors,
    best,
    findings,
    baseline:
      options.baseline === undefined ? best : findBaseline(table, options.baseline, vectors),
    totalWeight: totalWeight(table),
    units: findUnits(table),
    budget: createBudget(options),
    bursts: findBursts(table, options.slos),
  };
}

/** The target of the highest mean quality; ties go to the cheaper, then by name. */
function pickBest(vectors: readonly OutcomeVector[], table: OutcomeTable): OutcomeVector {
  const ranked = vectors
    .map((vector) => ({
      vector,
      quality: meanQuality(vector, table),
      cost: meanCost(vector, table),
    }))
    .sort(
      (a, b) =>
        b.quality - a.quality || a.cost - b.cost || (a.vector.name < b.vector.name ? -1 : 1),
    );
  const best = ranked[0];
  if (!best) throw new InfeasibleError('there is no target to choose from.');
  return best.vector;
}

function findBaseline(
  table: OutcomeTable,
  baseline: NonNullable<NormalOptions['baseline']>,
  vectors: readonly OutcomeVector[],
): OutcomeVector {
  if (typeof baseline !== 'string') return policyVector(table, baseline);
  const known = vectors.find((vector) => vector.name === baseline);
  if (known) return known;
  const index = table.targets.indexOf(baseline);
  if (index >= 0 && table.columns[index]?.cost.every(Number.isNaN)) {
    throw new UsageError(
      `baseline "${baseline}" has no price on any request, so no saving can be counted. Record what it cost, or name a target.`,
    );
  }
  if (index >= 0) {
    return { ...targetVector(table, index), kind: baseline === RECORDED ? 'recorded' : 'target' };
  }
  const next =
    baseline === RECORDED
      ? 'The workload has no recorded answers that were judged; name a target instead.'
      : `Known targets: ${table.targets.join(', ')}.`;
  throw new UsageError(`baseline "${baseline}" is not in the outcomes. ${next}`);
}
