import type { JudgeReport, JudgingReport } from '../../judge/judging-report.ts';
import { formatPercent, formatUsd } from '../../units.ts';
import { formatTable, type Sheet } from './table.ts';

type Estimate = { readonly estimate: number; readonly low: number; readonly high: number };

/** How far each judge is to be believed, as lines for people. */
export function describeJudging(report: JudgingReport): string[] {
  const [counts = '', bill = '', ...notes] = judgingNotes(report);
  const { rows } = judgingSheet(report);
  const table = rows.length === 0 ? [] : ['', ...formatTable(columns, rows), ''];
  return [counts, bill, ...table, ...notes];
}

/** Each judge and how far it is to be believed. */
export const judgingSheet = ({ judges }: JudgingReport): Sheet => ({
  title: 'Judges',
  columns,
  rows: judges.map(toRow),
});

/** The five reasons that concern most answers. */
function missingLines(reasons: JudgingReport['verdicts']['missing_by_reason'] = {}): string[] {
  const byCount = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  return byCount.slice(0, 5).map(([reason, count]) => `  ${count} not decided: ${reason}`);
}

/** What is said beside the table of the judges. */
export function judgingNotes(report: JudgingReport): string[] {
  const { verdicts, cost, noise, corrected } = report;
  return [
    `${verdicts.settled} answers decided without a judge, ${verdicts.judged} by judges (${report.votes_needed} votes needed), ${verdicts.missing} not decided`,
    ...missingLines(verdicts.missing_by_reason),
    `judging: ${cost.calls} calls, ${cost.cached} known from before, cost ${cost.cost_usd === undefined ? 'not known' : formatUsd(cost.cost_usd)}`,
    ...report.judges.flatMap(probeLines),
    ...noise.map(
      (floor) =>
        `noise floor (${floor.kind}): the baseline differs from itself by ${limits(floor.difference)} on ${floor.requests} requests`,
    ),
    ...corrected.map(
      (mean) =>
        `corrected by people (${mean.kind}): ${mean.target} ${limits(mean)} from ${mean.labels} labels`,
    ),
    ...(report.stopped === undefined
      ? []
      : [
          report.stopped === 'budget'
            ? 'stopped early: budget; it goes on once that is raised'
            : `stopped early: ${report.stopped}; it can go on`,
        ]),
  ];
}

const columns = [
  { title: 'judge', align: 'left' as const },
  { title: 'state', align: 'left' as const },
  { title: 'same in both orders' },
  { title: 'same when repeated' },
  { title: 'ties' },
  { title: 'longer wins' },
  { title: 'kappa with people' },
  { title: 'abstained' },
  { title: 'cost' },
];

function toRow({ judge, state, trust, abstained, cost }: JudgeReport): string[] {
  return [
    judge,
    state,
    limits(trust.position_consistency),
    limits(trust.repeat_consistency),
    formatPercent(trust.ties?.estimate),
    limits(trust.length.longest_wins),
    trust.people?.kappa?.estimate.toFixed(2) ?? '',
    String(abstained),
    formatUsd(cost.cost_usd),
  ];
}

function probeLines({ judge, probes, unreadable, failed, fault }: JudgeReport): string[] {
  const won = probes.filter(({ state }) => state === 'not-lost').map(({ probe }) => probe);
  return [
    ...(won.length > 0 ? [`${judge} is REFUSED: these probes must lose: ${won.join(', ')}`] : []),
    ...(unreadable + failed > 0
      ? [
          `${judge}: ${unreadable} unreadable, ${failed} without a reply${fault ? ` (${fault})` : ''}`,
        ]
      : []),
  ];
}

function limits(of: Estimate | undefined): string {
  if (!of) return '';
  return `${formatPercent(of.estimate)} (${formatPercent(of.low)} to ${formatPercent(of.high)})`;
}
