import type { RuleReport } from '../../optimize/rules/report-rules.ts';
import type { PolicyTarget } from '../../policy/policy.ts';
import { formatPercent, formatPoints, formatUsd } from '../../units.ts';

/** What each rule saves and risks, by its name: one line for whoever reviews the file. */
export function commentRules(
  rules: readonly RuleReport[],
  targets: Readonly<Record<string, PolicyTarget>>,
): ReadonlyMap<string, string> {
  return new Map(rules.map((rule) => [rule.name, commentRule(rule, targets)]));
}

function commentRule(
  { share, savesUsd, change, use, fallback }: RuleReport,
  targets: Readonly<Record<string, PolicyTarget>>,
): string {
  const amount = `${formatUsd(Math.abs(1_000 * savesUsd))} per 1,000 requests`;
  const saves = savesUsd === 0 ? 'saves nothing' : `${savesUsd > 0 ? 'saves' : 'adds'} ${amount}`;
  const quality = `quality ${formatPoints(change.estimate)} points (${formatPoints(change.low)} to ${formatPoints(change.high)})`;
  const maker = targets[use]?.maker;
  const within =
    maker !== undefined &&
    fallback.length > 0 &&
    fallback.every((name) => targets[name]?.maker === maker);
  return [
    `${formatPercent(share)} of requests`,
    saves,
    quality,
    ...(within ? [`its fallback stays within one maker, ${maker}`] : []),
  ].join('; ');
}
