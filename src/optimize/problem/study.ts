import { InfeasibleError, TargetsError, UsageError } from '../../errors.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import type { OutcomeTable } from '../../outcome/table.ts';
import type { NormalOptions } from './options.ts';
import {
  type Line,
  meanCost,
  meanQuality,
  policyLine,
  targetLine,
  totalWeight,
} from './outcome-vector.ts';
import { type Units, unitsOf } from './parts.ts';
import { type Finding, inspect } from './sanity.ts';

/** A table with the questions asked of it: who may serve, and what they are compared with. */
export interface Study {
  readonly table: OutcomeTable;
  readonly options: NormalOptions;
  /** Names of the targets that may be in a policy, in the order of every per-candidate array. */
  readonly names: readonly string[];
  readonly lines: readonly Line[];
  readonly best: Line;
  /** What is paid today, or the best single target. */
  readonly baseline: Line;
  readonly findings: readonly Finding[];
  readonly totalWeight: number;
  /** Which rows stand or fall together. */
  readonly units: Units;
}

export function studyOf(table: OutcomeTable, options: NormalOptions): Study {
  const { findings, kept } = inspect(table, options);
  if (kept.length === 0) {
    throw new TargetsError('no target has answers with a price. Check the run, or --include one.');
  }
  const lines = kept.map((index) => targetLine(table, index));
  const names = lines.map((line) => line.name);
  const best = bestOf(lines, table);
  return {
    ...{ table, options, names, lines, best, findings },
    baseline: baselineOf(table, options, lines, best),
    totalWeight: totalWeight(table),
    units: unitsOf(table),
  };
}

/** The target of the highest mean quality; ties go to the cheaper, then by name. */
function bestOf(lines: readonly Line[], table: OutcomeTable): Line {
  const ranked = lines
    .map((line) => ({ line, quality: meanQuality(line, table), cost: meanCost(line, table) }))
    .sort(
      (a, b) => b.quality - a.quality || a.cost - b.cost || (a.line.name < b.line.name ? -1 : 1),
    );
  const best = ranked[0];
  if (!best) throw new InfeasibleError('there is no target to choose from.');
  return best.line;
}

function baselineOf(
  table: OutcomeTable,
  { baseline }: NormalOptions,
  lines: readonly Line[],
  best: Line,
): Line {
  if (baseline === undefined) return best;
  if (typeof baseline !== 'string') return policyLine(table, baseline);
  const known = lines.find((line) => line.name === baseline);
  if (known) return known;
  const index = table.targets.indexOf(baseline);
  if (index >= 0 && table.columns[index]?.cost.every(Number.isNaN)) {
    throw new UsageError(
      `baseline "${baseline}" has no price on any request, so no saving can be counted. Record what it cost, or name a target.`,
    );
  }
  if (index >= 0) {
    return { ...targetLine(table, index), kind: baseline === RECORDED ? 'recorded' : 'target' };
  }
  const next =
    baseline === RECORDED
      ? 'The workload has no recorded answers that were judged; name a target instead.'
      : `Known targets: ${table.targets.join(', ')}.`;
  throw new UsageError(`baseline "${baseline}" is not in the outcomes. ${next}`);
}
