import {
  changeMetrics,
  formatFigure,
  type MeasuredChange,
  type Refusal,
} from '../../compare/change.ts';
import type { RunComparison } from '../../compare/compare-runs.ts';
import { formatPoints } from '../../units.ts';
import type { Sheet } from '../text/table.ts';
import type { TextReport } from './sheet.ts';

/** Two runs side by side, as text: what changed first, then how it was compared, then every figure. */
export function describeComparison(comparison: RunComparison): TextReport {
  const { before, after, same_requests: same, changes, circumstances, refusals } = comparison;
  const overall = changes.filter(({ task }) => task === undefined);
  const byTask = changes.filter(({ task }) => task !== undefined);
  const shown = byTask.filter((change) => judgeChange(change) !== '');
  const how = same
    ? 'Both replayed the same workload: requests are compared one by one.'
    : 'Their workloads differ: they are compared as samples, which shows less.';
  return {
    title: `${sumUp(overall)}: ${after} against ${before}`,
    lines: [
      how,
      ...describeRefusals(refusals),
      ...(byTask.length > 0
        ? [
            `By task ${shown.length} of ${byTask.length} figures are shown to differ; about ${Math.round(0.05 * byTask.length)} would be by chance. --json has all.`,
          ]
        : []),
      ...listOnly('only in the first', comparison.only_before),
      ...listOnly('only in the second', comparison.only_after),
    ],
    sheets: [
      toChangeSheet('Changes', overall),
      toChangeSheet('Changes by task whose limits exclude 0', shown),
      {
        title: 'What else differs',
        columns: ['what', 'before', 'after'].map((title) => ({ title, align: 'left' as const })),
        rows: circumstances.map((each) => [each.what, each.before, each.after]),
      },
    ],
    next: `arb gate ${after} --baseline ${before}`,
  };
}

function sumUp(changes: readonly MeasuredChange[]): string {
  const count = (verdict: string) =>
    changes.filter((change) => judgeChange(change) === verdict).length;
  const [worse, better] = [count('worse'), count('better')];
  if (changes.length === 0) return 'Nothing could be compared';
  if (worse + better === 0) return `None of ${changes.length} figures is shown to differ`;
  return `Of ${changes.length} figures ${worse} are worse and ${better} better`;
}

/** What is left out, and why: each reason once. */
function describeRefusals(refusals: readonly Refusal[]): string[] {
  return refusals.map(({ metrics, target, why }) => {
    const times = metrics.filter((metric) => changeMetrics[metric].unit === 'ms');
    const others = metrics.filter((metric) => !times.includes(metric));
    const what = [
      ...(times.length > 0 ? ['TTFT and latency'] : []),
      ...others.map((metric) => changeMetrics[metric].title),
    ].join(', ');
    return `not compared: ${what}${target ? ` of ${target}` : ''}: ${why}`;
  });
}

const listOnly = (where: string, targets: readonly string[]) =>
  targets.length > 0 ? [`${where}: ${targets.join(', ')}`] : [];

/** The number of requests is a column only where it is not the same for all. */
function toChangeSheet(title: string, changes: readonly MeasuredChange[]): Sheet {
  const counts = new Set(changes.map(formatCount));
  const [same] = counts.size === 1 ? counts : [];
  return {
    title: same === undefined ? title : `${title}, ${same} requests`,
    columns: [
      { title: 'figure', align: 'left' },
      { title: 'before' },
      { title: 'after' },
      { title: 'change (95 % limits)' },
      { title: 'shown' },
      ...(same === undefined ? [{ title: 'requests' }] : []),
    ],
    rows: changes.map((change) => [
      `${change.target}${change.task === undefined ? '' : `, ${change.task}`}: ${changeMetrics[change.metric].title}`,
      formatFigure(change.metric, change.before),
      formatFigure(change.metric, change.after),
      formatChange(change),
      judgeChange(change),
      ...(same === undefined ? [formatCount(change)] : []),
    ]),
  };
}

const formatCount = ({ paired, n }: MeasuredChange) => (paired ? String(n[0]) : n.join(' and '));

/** A rise of money or time is read as a share of what it was; one of a share in points. */
function formatChange({ metric, before, difference }: MeasuredChange): string {
  const { estimate, low, high } = difference;
  const isShare = changeMetrics[metric].unit === 'share';
  if (!isShare && before <= 0) {
    const [value, least, most] = [estimate, low, high].map((each) => formatFigure(metric, each));
    return `${value} (${least} to ${most})`;
  }
  const of = isShare ? 1 : before;
  const [value, least, most] = [estimate, low, high].map((each) => formatPoints(each / of));
  return `${value} ${isShare ? 'points' : '%'} (${least} to ${most})`;
}

/** Whether the change is shown, and in which direction. */
function judgeChange({ metric, difference: { low, high } }: MeasuredChange): string {
  if (low <= 0 && high >= 0) return '';
  const isUp = low > 0;
  return isUp === (changeMetrics[metric].better === 'higher') ? 'better' : 'worse';
}
