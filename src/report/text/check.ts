import type { CheckedRule, CheckReport } from '../../optimize/check.ts';
import type { Setting } from '../../optimize/setting.ts';
import { formatPercent, formatPoints, formatUsd } from '../../units.ts';
import { describeWays } from './case.ts';
import { formatTable } from './table.ts';
import { describeSettings, formatChange } from './verdict.ts';

/** What a check found, with what is said beside it. */
export interface CheckedCase {
  readonly report: CheckReport;
  /** Requests it was checked on. */
  readonly requests: number;
  /** What it is held to, and who said so. */
  readonly settings: readonly Setting[];
}

/** A check as lines for people: the verdict, the rules, what else there is. */
export function describeCheck({ report, requests, settings }: CheckedCase): string[] {
  const { policy, baseline, saving, change, verdict, claim, alpha, why } = report;
  const own = { ...policy, saving: 1 - policy.costUsd / baseline.costUsd };
  const limits = `${formatPoints(change.low)} to ${formatPoints(change.high)}`;
  return [
    `${verdict}: ${claim} (error ${formatPercent(alpha)}): ${why}`,
    `saving ${formatPercent(saving.estimate)} against ${baseline.name} (95 %: ${formatPercent(saving.low)} to ${formatPercent(saving.high)}); quality ${formatPoints(change.estimate)} points (95 %: ${limits}); ${requests.toLocaleString('en-US')} requests`,
    ...(report.rowsAre === 'same-requests'
      ? [
          `these are the requests that the policy was chosen on, asked again: the ${report.tested.toLocaleString('en-US')} that did not choose it test it`,
        ]
      : []),
    ...describeSettings(settings),
    ...report.unmet.map((requirement) => `breaks: ${requirement}`),
    '',
    ...formatTable(ruleColumns, report.rules.map(ruleRow)),
    '',
    ...describeWays([[`this policy: ${policy.name}`, own]], report.rivals),
    ...report.findings.map((finding) => `note: ${finding.text}`),
  ];
}

const ruleColumns = [
  { title: 'rule', align: 'left' as const },
  { title: 'goes to', align: 'left' as const },
  { title: 'share' },
  { title: 'quality' },
  { title: 'baseline' },
  { title: 'saves per 1,000 requests' },
  { title: 'quality change in points, 95 % limits' },
];

function ruleRow({ name, use, share, score, baseline, savesUsd, change }: CheckedRule): string[] {
  return [
    name,
    use.join(' or '),
    formatPercent(share),
    share === 0 ? '' : formatPercent(score.quality),
    share === 0 ? '' : formatPercent(baseline.quality),
    share === 0 ? '' : formatUsd(1_000 * savesUsd),
    share === 0 ? '' : formatChange(change),
  ];
}
