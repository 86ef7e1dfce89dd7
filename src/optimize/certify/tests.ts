import type { OutcomeVector } from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { shareAboveP, shareBelowP } from '../../statistics/binomial.ts';
import { notWorseP, scoreLevel } from '../../statistics/tango.ts';
import { type Arm, armLoss, armMargin, drawArm, formatShare } from '../compare/arm.ts';
import { compareToDemand, differenceInterval, type PairedComparison } from '../compare/paired.ts';
import { type Demand, describeClaim } from '../problem/demand.ts';
import { formatSlo, type Slo } from '../problem/slo.ts';
import { measureSlow } from '../problem/slow.ts';
import type { Study } from '../problem/study.ts';
import { intAt } from '../rows/at.ts';

/** One hypothesis about one policy: rejected, that is shown, where `p <= level`. */
export interface Test {
  /** What rejecting shows. */
  readonly claim: string;
  readonly p: number;
  readonly level: number;
  /** The rows show the contrary. */
  readonly refuted: boolean;
  /** Independent units behind it, by their weight. */
  readonly units: number;
}

/** All that was tested of one policy on some rows. */
export interface Tested {
  readonly tests: readonly Test[];
  /** In the order of the demands. */
  readonly comparisons: readonly PairedComparison[];
  readonly passed: boolean;
  /** Largest share of rows that a demand asks of and that lack a score. */
  readonly unjudgedShare: number;
}

/** What a policy is tested on: the floors, the rows, and the arm of the traffic that follows it. */
export interface TestPart {
  readonly demands: readonly Demand[];
  readonly rows: Int32Array;
  /** Absent = all traffic. */
  readonly arm?: Arm;
}

/** Tests every floor and every SLO; all must be rejected for a pass, so none needs a correction. */
export function testPolicy(study: Study, vector: OutcomeVector, part: TestPart): Tested {
  const { slos } = study.options;
  const { demands, rows, arm } = part;
  const share = arm?.share ?? 1;
  const comparisons = demands.map((demand) =>
    compareToDemand(study, vector, { demand, rows, share }),
  );
  const quality = demands.map((demand, i) =>
    testFloor(study, vector, { demand, part, compared: comparisons[i] as PairedComparison }),
  );
  const times = slos.map((slo) => testSlo(study, vector, { slo, part }));
  const guard = arm ? guardAbsolute(study, vector, part) : [];
  const tests = [...quality, ...times, ...guard];
  const unjudged = comparisons.map((one) => one.unjudged / Math.max(1, one.asked));
  return {
    tests,
    comparisons,
    passed: tests.every(({ p, level }) => p <= level),
    unjudgedShare: Math.max(0, ...unjudged),
  };
}

interface FloorCase {
  readonly demand: Demand;
  readonly part: TestPart;
  readonly compared: PairedComparison;
}

function testFloor(study: Study, vector: OutcomeVector, floor: FloorCase): Test {
  const { alpha } = study.options;
  const { demand, part, compared } = floor;
  const claim = describeClaim(demand);
  const { units } = compared;
  if (compared.kept && demand.floor.kind === 'relative') {
    return { claim, p: 0, level: scoreLevel(units, alpha), refuted: false, units };
  }
  const exact = exactShare(study, vector, floor);
  if (exact) {
    const { hits, n, least } = exact;
    const refuted = shareBelowP(hits, n, least) <= alpha;
    return { claim, p: shareAboveP(hits, n, least), level: alpha, refuted, units: n };
  }
  const margin = marginUnder(demand, part.arm);
  return {
    claim: demand.floor.kind === 'relative' ? `${claim}${formatShare(part.arm, margin)}` : claim,
    p: notWorseP(compared, margin / compared.scale),
    level: scoreLevel(units, alpha),
    refuted: compared.n > 0 && differenceInterval(compared, 2 * alpha).high < -margin,
    units,
  };
}

/** The margin of a floor under an arm, absolute floors 0. */
export function marginUnder({ floor }: Demand, arm: Arm | undefined): number {
  if (floor.kind === 'absolute') return 0;
  return arm ? armMargin(floor.margin, arm) : floor.margin;
}

/** An absolute floor says nothing of the arm alone: it must be within the arm's loss of the baseline. */
function guardAbsolute(study: Study, vector: OutcomeVector, part: TestPart): Test[] {
  const { arm, rows } = part;
  if (!arm || part.demands.every(({ floor }) => floor.kind === 'relative')) return [];
  const margin = armLoss(0, arm);
  const guard: Demand = {
    name: 'quality of the arm',
    floor: { kind: 'relative', to: 'baseline', margin },
    scale: 1,
    reference: study.baseline,
  };
  const compared = compareToDemand(study, vector, { demand: guard, rows });
  return [testFloor(study, vector, { demand: guard, part: { demands: [guard], rows }, compared })];
}

/** An absolute floor over independent 0/1 scores is a share: the binomial is exact there. */
function exactShare(
  { table }: Study,
  vector: OutcomeVector,
  { demand, part, compared }: FloorCase,
): { readonly hits: number; readonly n: number; readonly least: number } | undefined {
  const { designEffect, unjudged } = compared;
  if (demand.floor.kind !== 'absolute' || table.weight || designEffect > 1) return undefined;
  if (part.arm || unjudged > 0) return undefined;
  let [hits, n] = [0, 0];
  for (const row of part.rows) {
    const quality = intAt(vector.quality, row);
    if (demand.mask?.[row] === 0) continue;
    if (quality !== 0 && quality !== micro) return undefined;
    n++;
    if (quality === micro) hits++;
  }
  return { hits, n, least: demand.floor.value };
}

/** The share of slow requests against its limit, by units: the exact binomial on effective requests. */
function testSlo(
  study: Study,
  vector: OutcomeVector,
  { slo, part }: { readonly slo: Slo; readonly part: TestPart },
): Test {
  const { alpha } = study.options;
  const served = part.arm ? drawArm(study, vector, part.arm) : vector;
  const { hits, effective, independent, units } = measureSlow(study, served, {
    slo,
    rows: part.rows,
  });
  const limit = 1 - slo.share;
  return {
    claim: formatSlo(slo),
    p: shareBelowP(hits, effective, limit),
    // The binomial is exact; a design effect is estimated, as the spread of a score test is.
    level: independent ? alpha : scoreLevel(units, alpha),
    refuted: shareAboveP(hits, effective, limit) <= alpha,
    units,
  };
}
