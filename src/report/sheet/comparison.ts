import {
  changeMetrics,
  formatFigure,
  type MeasuredChange,
  type Refusal,
} from '../../compare/change.ts';
import type { RunComparison } from '../../compare/compare-runs.ts';
import { formatPoints } from '../../units.ts';
import type { Sheet, TextReport } from './sheet.ts';

/** Two runs side by side, as text. */
export function describeComparison(comparison: RunComparison): TextReport {
  const { before, after, same_requests: same, changes, circumstances, refusals } = comparison;
  const byTask = changes.filter(({ task }) => task !== undefined);
  const shown = byTask.filter((change) => judgeChange(change) !== '');
  const how = same
    ? 'Both replayed the same workload: requests are compared one by one.'
    : 'Their workloads differ: they are compared as samples, which shows less.';
  return {
    title: `${before} against ${after}`,
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
      toChangeSheet(
        'Changes',
        changes.filter(({ task }) => task === undefined),
      ),
      toChangeSheet('Changes by task whose limits exclude 0', shown),
      {
        title: 'What else differs',
        columns: ['what', 'before', 'after'].map((title) => ({ title, align: 'left' as const })),
        rows: circumstances.map((each) => [each.what, each.before, each.after]),
      },
    ],
  };
}

/** What is left out, and why: each reason once. */
export function describeRefusals(refusals: readonly Refusal[]): string[] {
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

function toChangeSheet(title: string, changes: readonly MeasuredChange[]): Sheet {
  const isByTask = changes.some(({ task }) => task !== undefined);
  return {
    title,
    columns: [
      { title: 'target', align: 'left' },
      ...(isByTask ? [{ title: 'task', align: 'left' as const }] : []),
      { title: 'figure', align: 'left' },
      { title: 'before' },
      { title: 'after' },
      { title: 'change (95 % limits)' },
      { title: '' },
      { title: 'requests' },
    ],
    rows: changes.map((change) => [
      change.target,
      ...(isByTask ? [change.task ?? ''] : []),
      changeMetrics[change.metric].title,
      formatFigure(change.metric, change.before),
      formatFigure(change.metric, change.after),
      formatChange(change),
      judgeChange(change),
      change.paired ? String(change.n[0]) : change.n.join(' and '),
    ]),
  };
}

function formatChange({ metric, before, difference }: MeasuredChange): string {
  const { estimate, low, high } = difference;
  const isShare = changeMetrics[metric].unit === 'share';
  // A rise of money or time is read as a share of what it was; one of a share in points.
  const each = (value: number) => {
    if (isShare) return formatPoints(value);
    return before > 0 ? `${formatPoints(value / before)} %` : formatFigure(metric, value);
  };
  return `${each(estimate)} (${each(low)} to ${each(high)})`;
}

/** Whether the change is shown, and in which direction. */
function judgeChange({ metric, difference: { low, high } }: MeasuredChange): string {
  if (low <= 0 && high >= 0) return '';
  const isUp = low > 0;
  return isUp === (changeMetrics[metric].better === 'higher') ? 'better' : 'worse';
}
