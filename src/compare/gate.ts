import { basename } from 'node:path';
import { type ChangeMetric, type Circumstance, formatFigure, type Refusal } from './change.ts';
import { bothOf, findDifferences } from './circumstances.ts';
import { findRefusal, isSameWorkload, listSides, refuseKinds } from './compare-runs.ts';
import type { GateRules } from './gate-rules.ts';
import { countFigures, measureChange, type Sides } from './measure-change.ts';
import type { RunRows } from './run-rows.ts';

export type GateVerdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE';

/** One thing that a gate looked at. */
export interface GateFinding {
  readonly check: string;
  readonly target?: string;
  readonly verdict: GateVerdict | 'NOTE';
  /** What was found, in words. */
  readonly text: string;
  /** Shown to be worse than allowed at 5 %, though not at the error that is spent on a night. */
  readonly suspect?: true;
}

/** `gate.json`: whether a run may stand where its baseline stood. */
export interface GateReport {
  readonly kind: 'gate';
  readonly version: 1;
  readonly run: string;
  readonly baseline: readonly string[];
  readonly verdict: GateVerdict;
  readonly findings: readonly GateFinding[];
  readonly rules: GateRules;
  /** Nothing was shown to be worse than allowed, not even at 5 %: later nights may be held against it. */
  readonly accepted: boolean;
  /** Error of each single test of this night: those of quality get half of the night's error. */
  readonly error_per_test: { readonly quality: number; readonly others: number };
  readonly circumstances: readonly Circumstance[];
  readonly refusals: readonly Refusal[];
}

/** What is tested of each target, by how much the figure may rise, and in which sense. */
interface Limit {
  readonly check: string;
  readonly metric: ChangeMetric;
  /** Of the baseline's own figure. */
  readonly relative?: number;
  readonly absolute?: number;
  /** -1 where less is worse. */
  readonly sign: 1 | -1;
}

/**
 * A loss of quality that matters is a few standard errors of a night of 2,000 requests, a rise of cost or
 * of a p99 that matters is many: quality gets half of the error. 5 points are then found on some 86 nights of
 * 100 (normal approximation) instead of 80, and the others lose next to nothing.
 */
const weights = { quality: 0.5, others: 0.5 / 4 } as const;

const listLimits = (rules: GateRules): readonly Limit[] => [
  { check: 'cost', metric: 'cost_usd', relative: rules.cost_increase, sign: 1 },
  { check: 'quality', metric: 'quality', absolute: rules.quality_drop, sign: -1 },
  { check: 'failures', metric: 'failed', absolute: rules.failure_increase, sign: 1 },
  { check: 'TTFT p99', metric: 'ttft_p99_ms', relative: rules.p99_increase, sign: 1 },
  { check: 'latency p99', metric: 'latency_p99_ms', relative: rules.p99_increase, sign: 1 },
];

/** A limit is passed where the opposite is shown at this one-sided error. */
const passError = 0.05;

/**
 * Holds a run against its baseline: a figure fails where it is shown to be worse by more than the rules
 * allow. The rules' error is spent in equal parts over the nights and, within one, over all tests by their
 * weights (Bonferroni), so that all nights together raise at most that share of false alarms.
 */
export function gateRun(
  baseline: RunRows,
  run: RunRows,
  { rules, targets, routes }: GateOptions,
): GateReport {
  const { circumstances, refusals: named } = findDifferences(baseline.manifest, run.manifest);
  const shared = [...baseline.targets.keys()].filter(
    (target) => run.targets.has(target) && (targets?.includes(target) ?? true),
  );
  const refusals = [...named, ...refuseKinds(baseline, run, shared)];
  const limits = listLimits(rules);
  const nightly = rules.error / rules.nights / Math.max(1, shared.length);
  const errors = { quality: nightly * weights.quality, others: nightly * weights.others };
  const tested = shared.flatMap((target) => {
    const [sides] = listSides(baseline, run, target);
    if (!sides) return [];
    return limits.flatMap((limit) => {
      const error = limit.metric === 'quality' ? errors.quality : errors.others;
      return testLimit(sides, limit, { error, refusals });
    });
  });
  const counts = (target: string) => targets?.includes(target) ?? true;
  const findings = [
    ...baseline.leftOut.map((text): GateFinding => ({ check: 'baseline', verdict: 'NOTE', text })),
    ...findMissing(baseline, run, counts),
    ...findNew(baseline, run, targets),
    ...findCopies(baseline, run),
    ...run.duplicates.map((row): GateFinding => toFail('duplicates', `${row} is in the run twice`)),
    ...findPriceMoves(baseline, run, { rules, counts }),
    ...findServedModels(baseline, run, { rules, counts }),
    ...tested,
    ...(routes ? [routes] : []),
  ];
  return {
    kind: 'gate',
    version: 1,
    run: basename(run.dir),
    baseline: [basename(baseline.dir)],
    verdict: toVerdict(findings),
    findings,
    rules,
    accepted: !findings.some(({ verdict, suspect }) => verdict === 'FAIL' || suspect),
    error_per_test: errors,
    circumstances,
    refusals,
  };
}

export interface GateOptions {
  readonly rules: GateRules;
  /** Only these count, as the deployed policy uses no other. @default all that both runs have */
  readonly targets?: readonly string[];
  /** What the check of the deployed policy on the run said. */
  readonly routes?: GateFinding;
}

function toVerdict(findings: readonly GateFinding[]): GateVerdict {
  const has = (verdict: GateVerdict) => findings.some((finding) => finding.verdict === verdict);
  if (has('FAIL')) return 'FAIL';
  // Where nothing was tested nothing has passed.
  return has('INCONCLUSIVE') || !has('PASS') ? 'INCONCLUSIVE' : 'PASS';
}

function testLimit(
  sides: Sides,
  limit: Limit,
  { error, refusals }: { readonly error: number; readonly refusals: readonly Refusal[] },
): GateFinding[] {
  const { metric, check, sign, relative = 0, absolute = 0 } = limit;
  const { target } = sides;
  const before = countFigures(sides.before, metric);
  if (before === 0) return [];
  const refusal = findRefusal({ metric, target }, refusals);
  // What is not compared has not passed.
  const notCompared = (why: string): GateFinding[] => [
    { check, target, verdict: 'INCONCLUSIVE', text: `not compared: ${why}` },
  ];
  if (refusal) return notCompared(refusal.why);
  const scale = 1 + relative;
  const changeAt = measureChange(sides, metric);
  const strict = changeAt({ alpha: 2 * error, scale });
  const usual = changeAt({ alpha: 2 * passError, scale });
  if (!usual) {
    const after = countFigures(sides.after, metric);
    return notCompared(`${before} requests before and ${after} after are too few for its limits`);
  }
  const points = toPercent(absolute) === 1 ? '1 point' : `${toPercent(absolute)} points`;
  const most = relative > 0 ? `${toPercent(relative)} %` : points;
  const allowed = `a ${sign === 1 ? 'rise' : 'loss'} of ${most} allowed`;
  const [from, to] = [formatFigure(metric, usual.before), formatFigure(metric, usual.after)];
  const text = `${from} to ${to}, ${allowed}`;
  const worst = (interval: { low: number; high: number }, side: 'least' | 'most') =>
    (side === 'least') === (sign === 1) ? sign * interval.low : sign * interval.high;
  if (strict && worst(strict.difference, 'least') > absolute) {
    return [{ check, target, verdict: 'FAIL', text: `${text}: shown to be beyond it` }];
  }
  if (worst(usual.difference, 'least') > absolute) {
    const why = 'beyond it at 5 %, not at the error of a night: the next one decides';
    return [{ check, target, verdict: 'INCONCLUSIVE', text: `${text}: ${why}`, suspect: true }];
  }
  const isWithin = worst(usual.difference, 'most') <= absolute;
  const verdict = isWithin ? 'PASS' : 'INCONCLUSIVE';
  const why = isWithin ? 'within it' : 'neither within nor beyond it is shown';
  return [{ check, target, verdict, text: `${text}: ${why}` }];
}

/** A share of 1 as a number of hundredths, without the noise of binary fractions. */
const toPercent = (share: number) => Number((100 * share).toPrecision(4));

/** Whether something found of a target decides: the deployed policy uses it, or none was given. */
type Counts = (target: string) => boolean;

/** Requests that a target was not asked: of the baseline's workload where it is the same, else of the run's. */
function findMissing(baseline: RunRows, run: RunRows, counts: Counts): GateFinding[] {
  const findings: GateFinding[] = [];
  for (const [target, rows] of baseline.targets) {
    if (!counts(target)) continue;
    const now = run.targets.get(target);
    if (!now) {
      findings.push({ ...toFail('missing', 'has no rows in the run'), target });
      continue;
    }
    const skipped = run.skipped.get(target);
    if (!isSameWorkload(baseline, run)) {
      const { requests } = run.manifest.workload;
      const absent = requests - now.size - (skipped?.size ?? 0);
      if (absent > 0) {
        const text = `${absent} of ${requests} requests have no row`;
        findings.push({ ...toFail('missing', text), target });
      }
      continue;
    }
    const missing = [...rows.keys()].filter((id) => !now.has(id) && !skipped?.has(id));
    if (missing.length === 0) continue;
    const example = missing.slice(0, 3).join(', ');
    const text = `${missing.length} of ${rows.size} requests have no row (${example}${missing.length > 3 ? ', ...' : ''})`;
    findings.push({ ...toFail('missing', text), target });
  }
  return findings;
}

/** Targets without a past: nothing is known of them that they could be held to. */
function findNew(
  baseline: RunRows,
  run: RunRows,
  deployed: readonly string[] | undefined,
): GateFinding[] {
  const verdict = deployed ? 'INCONCLUSIVE' : 'NOTE';
  return [...(deployed ?? run.targets.keys())]
    .filter((target) => !baseline.targets.has(target))
    .map((target) => ({ check: 'new', target, verdict, text: 'has no rows in the baseline' }));
}

/** An answer is evidence once: what was copied from the baseline shows nothing of the night. */
function findCopies(baseline: RunRows, run: RunRows): GateFinding[] {
  const copies = [...run.fingerprints].filter((each) => baseline.fingerprints.has(each)).length;
  if (copies === 0) return [];
  const text = `${copies} of ${run.fingerprints.size} answers are those of the baseline itself`;
  return [toFail('copies', text)];
}

interface Deciding {
  readonly rules: GateRules;
  readonly counts: Counts;
}

function findPriceMoves(
  baseline: RunRows,
  run: RunRows,
  { rules, counts }: Deciding,
): GateFinding[] {
  const prices = bothOf(baseline.manifest.prices.by_target, run.manifest.prices.by_target);
  return prices.flatMap(([target, before, after]) =>
    (['input', 'output', 'cached_input', 'cache_write'] as const).flatMap((part) => {
      const [one, other] = [before[part], after[part]];
      if (one === undefined || other === undefined || one === other) return [];
      const isBeyond = counts(target) && other > one * (1 + rules.price_increase);
      const text = `${part} from $${one} to $${other} per million tokens`;
      return [{ check: 'price', target, verdict: isBeyond ? 'FAIL' : 'NOTE', text } as const];
    }),
  );
}

function findServedModels(
  baseline: RunRows,
  run: RunRows,
  { rules, counts }: Deciding,
): GateFinding[] {
  const served = bothOf(baseline.manifest.served_models, run.manifest.served_models);
  return served.flatMap(([target, before, after]) => {
    const fresh = Object.keys(after).filter((model) => !Object.hasOwn(before, model));
    if (fresh.length === 0) return [];
    const verdict = rules.served_model === 'fail' && counts(target) ? 'FAIL' : 'NOTE';
    const text = `${fresh.join(', ')} answers where ${Object.keys(before).join(', ')} did`;
    return [{ check: 'served model', target, verdict, text } as const];
  });
}

const toFail = (check: string, text: string): GateFinding => ({ check, verdict: 'FAIL', text });
