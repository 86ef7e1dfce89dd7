import { explainRecommendation } from '../../optimize/explain.ts';
import type { CertifiedFloors } from '../../optimize/floors.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import type { Change, Reason } from '../../optimize/switch-points.ts';
import type { FrontierView } from '../../optimize/views.ts';
import { formatPercent, formatPoints, formatUsd } from '../../units.ts';
import { formatTable } from './table.ts';

/** Further looks at a decision, each where it was asked for. */
export interface DecisionViews {
  readonly frontier?: FrontierView;
  readonly floors?: CertifiedFloors;
  /** So many requests, drawn at random, are behind these two; absent = all. */
  readonly drawnFrom?: number;
  readonly values?: readonly TargetValue[];
  readonly since?: { readonly run: string; readonly changes: readonly Change[] };
}

/** What a target is worth to the optimum. */
export interface TargetValue {
  readonly target: string;
  /** USD per request that the optimum loses without it; infinite where no policy is left. */
  readonly losesUsd: number;
  /** It is used at its present cost. */
  readonly used: boolean;
  /** Share of its present cost at which it would be used; absent where it never would be. */
  readonly atCost?: number;
}

/** The further looks as lines for people. */
export function describeViews(
  { found, frontier, values, since }: DecisionViews & { readonly found: Recommendation },
  { explain }: { readonly explain?: true },
): string[] {
  return [
    ...(frontier ? ['', ...frontierLines(frontier)] : []),
    ...(values ? ['', ...valueLines(values)] : []),
    ...(since ? ['', ...sinceLines(since)] : []),
    ...(explain ? ['', ...explainRecommendation(found)] : []),
  ];
}

const left = 'left' as const;

function frontierLines({ steps, aiq }: FrontierView): string[] {
  const columns = [
    { title: 'quality' },
    { title: '$/request' },
    { title: 'saving' },
    { title: 'goes to', align: left },
  ];
  const rows = steps.map(({ quality, costUsd, saving, shares }) => [
    formatPercent(quality),
    formatUsd(costUsd),
    formatPercent(saving),
    shares.map(({ target, share }) => `${target} ${formatPercent(share)}`).join(', '),
  ]);
  return [
    'the cost-quality frontier of the class on these rows',
    ...formatTable(columns, rows),
    `average quality over the costs (AIQ): ${aiq.singles.toFixed(4)} by coin flips between single targets, ${aiq.class.toFixed(4)} by the class`,
  ];
}

function valueLines(values: readonly TargetValue[]): string[] {
  const rows = values.map(({ target, losesUsd, used, atCost }) => {
    const otherwise =
      atCost === undefined
        ? 'not even for nothing'
        : `at ${formatPercent(atCost)} of its present cost`;
    const loses = losesUsd === Infinity ? 'no policy left' : formatUsd(1_000 * losesUsd);
    return [target, loses, used ? 'is used' : otherwise];
  });
  const columns = [
    { title: 'target', align: left },
    { title: 'the optimum loses without it, $/1000' },
    { title: 'would be used', align: left },
  ];
  return formatTable(columns, rows);
}

function sinceLines({ run, changes }: NonNullable<DecisionViews['since']>): string[] {
  const whose = `since ${run}, the cheapest rules on these very requests, untested,`;
  if (changes.length === 0) return [`${whose} send every request the same way`];
  return [`${whose} differ:`, ...changes.flatMap(changeLines)];
}

function changeLines({ rule, from, to, share, why }: Change): string[] {
  const reasons =
    why.length === 0
      ? ['nothing measurable changed: noise']
      : why.map((reason) => describeReason(reason));
  return [
    `  ${formatPercent(share)} of the requests (rule ${rule}) go to ${to} instead of ${from}`,
    ...reasons.map((reason) => `    because ${reason}`),
  ];
}

function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case 'new-target':
      return `${reason.target} is new`;
    case 'gone-target':
      return `${reason.target} is gone`;
    case 'price':
      return `${reason.target} costs ${formatUsd(reason.now)} a request instead of ${formatUsd(reason.before)}`;
    case 'quality':
      return `the quality of ${reason.target} moved by ${formatPoints(reason.change.low)} to ${formatPoints(reason.change.high)} points (95 %)`;
    case 'latency':
      return `${reason.target} is late (${reason.slo}) on ${formatPercent(reason.now)} instead of ${formatPercent(reason.before)}`;
  }
}
