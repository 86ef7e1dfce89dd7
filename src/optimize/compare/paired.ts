import {
  asBaseline,
  type OutcomeVector,
  sameSource,
  weightOf,
} from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { type PairedSample, samplePairs } from '../../statistics/paired-sample.ts';
import type { Interval } from '../../statistics/proportion.ts';
import { tangoInterval } from '../../statistics/tango.ts';
import { type Demand, needOf } from '../problem/demand.ts';
import type { Study } from '../problem/study.ts';
import { intAt } from '../rows/at.ts';
import { joinBursts } from '../rows/units.ts';

/** A comparison row by row: what the test sees, and how much of the rows it cannot see. */
export interface PairedComparison extends PairedSample {
  /** What differences were divided by, and margins must be; see `Demand.scale`. */
  readonly scale: number;
  /** Mean difference, -1 to 1, not divided. */
  readonly difference: number;
  /** Rows that either side lacks a quality for. */
  readonly unjudged: number;
  /** Rows asked of. */
  readonly asked: number;
  /** Every row is served by its own reference: nothing can be lost. */
  readonly kept: boolean;
}

/** What a policy is held to, on which rows, and what part of the traffic follows it. */
export interface Compared {
  readonly demand: Demand;
  readonly rows: Int32Array;
  /** Share of the traffic that follows the policy; the rest stays with the baseline. @default 1 */
  readonly share?: number;
}

/** Part of the margin that rows without a score may take up before they count as lost. */
export const unjudgedPart = 0.1;

/**
 * Gains and losses of `vector` against what a demand asks for; rows it does not speak of are left
 * out. A row without a score counts 0 for the policy and 1 for the reference, unless such rows weigh
 * less than a tenth of the margin: then they are left out for both. A row that is served by its own
 * reference is neither gain nor loss, judged or not.
 */
export function compareToDemand(
  study: Study,
  vector: OutcomeVector,
  { demand, rows, share = 1 }: Compared,
): PairedComparison {
  const asked = demand.mask ? rows.filter((row) => demand.mask?.[row] === 1) : rows;
  const { reference, floor } = demand;
  const whole = share === 1 || floor.kind === 'relative';
  const { baseline } = study;
  return compareRows(study, asked, {
    scale: demand.scale,
    allowed: floor.kind === 'relative' ? unjudgedPart * floor.margin : 0,
    same: (row) => reference !== undefined && sameSource(vector, reference, row),
    mine: (row) => {
      const quality = intAt(vector.quality, row);
      if (whole) return quality;
      const kept = intAt(baseline.quality, row);
      return quality < 0 || kept < 0 ? -1 : share * quality + (1 - share) * kept;
    },
    need: (row) => needOf(demand, row),
    units: joinBursts(study, [vector, reference ?? baseline]),
  });
}

/** Quality of the first minus that of the second, for figures that make no claim. */
export function compareVectors(
  study: Study,
  pair: readonly [OutcomeVector, OutcomeVector],
  rows: Int32Array,
): PairedComparison {
  return pairVectors(study, pair)(rows);
}

/** The same for many parts of the rows: which rows stand or fall together is found once. */
function pairVectors(
  study: Study,
  [vector, reference]: readonly [OutcomeVector, OutcomeVector],
): (rows: Int32Array) => PairedComparison {
  const sides = {
    scale: 1,
    allowed: 1,
    same: (row: number) => sameSource(vector, reference, row),
    mine: (row: number) => intAt(vector.quality, row),
    need: (row: number) => intAt(reference.quality, row),
    units: joinBursts(study, [vector, reference]),
  };
  return (rows) => compareRows(study, rows, sides);
}

/** A change of quality, -1 to 1, with 95 % limits. */
export interface QualityChange extends Interval {
  readonly estimate: number;
}

/** Quality of `vector` minus that of the baseline on some rows; no claim about others. */
export function compareToBaseline(
  study: Study,
  vector: OutcomeVector,
): (rows: Int32Array) => QualityChange {
  const compare = pairVectors(study, [vector, asBaseline(study.baseline)]);
  return (rows) => {
    const compared = compare(rows);
    return { estimate: compared.difference, ...differenceInterval(compared) };
  };
}

/** 95 % limits of the mean difference, by units. */
export function differenceInterval(comparison: PairedComparison, alpha = 0.05): Interval {
  const { low, high } = tangoInterval(comparison, alpha);
  return { low: low * comparison.scale, high: high * comparison.scale };
}

interface Sides {
  readonly scale: number;
  /** Largest share of rows without a score that is left out. */
  readonly allowed: number;
  readonly same: (row: number) => boolean;
  /** Millionths; below 0 = not judged. */
  readonly mine: (row: number) => number;
  readonly need: (row: number) => number;
  /** Absent = each row is a unit. */
  readonly units: Int32Array | undefined;
}

function compareRows({ table }: Study, asked: Int32Array, sides: Sides): PairedComparison {
  const { same, mine, need, scale, units } = sides;
  const isUnjudged = (row: number) => (mine(row) < 0 || need(row) < 0) && !same(row);
  const weigh = (rows: Int32Array) => rows.reduce((sum, row) => sum + weightOf(table, row), 0);
  const open = asked.filter(isUnjudged);
  const leaveOut = open.length > 0 && weigh(open) < sides.allowed * weigh(asked);
  const rows = leaveOut ? asked.filter((row) => !isUnjudged(row)) : asked;
  let kept = true;
  // Loops: `from` with a function takes twice as long.
  const value = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = intAt(rows, i);
    if (same(row)) continue;
    kept = false;
    const [quality, needed] = [mine(row), need(row)];
    const change = Math.max(quality, 0) - (needed < 0 ? micro : needed);
    value[i] = change / micro / scale;
  }
  const weight = table.weight && Float64Array.from(rows, (row) => weightOf(table, row));
  const unit = units && Int32Array.from(rows, (row) => intAt(units, row));
  const sample = samplePairs({ value, ...(weight && { weight }), ...(unit && { unit }) });
  return {
    ...sample,
    scale,
    difference: sample.difference * scale,
    unjudged: open.length,
    asked: asked.length,
    kept: kept && rows.length > 0,
  };
}
