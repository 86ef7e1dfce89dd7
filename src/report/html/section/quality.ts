import { formatPercent, formatUsd } from '../../../units.ts';
import { describeJudging } from '../../text/judging.ts';
import { intervalChart } from '../chart/intervals.ts';
import { figure, type HtmlPart, h, preformatted, section, table } from '../kit/element.ts';
import type { ReportData } from '../kit/report-data.ts';

/** Quality of every target by task, with limits. */
export function tasksSection({ tasks, targets }: ReportData): HtmlPart {
  if (tasks.length === 0) return null;
  const index = new Map(targets.map(({ target }, at) => [target, at]));
  const names = [...new Set(tasks.map(({ task }) => task))];
  return section(
    'tasks',
    'Quality by task',
    ...names.map((task) => {
      const rows = tasks.filter((each) => each.task === task);
      return h(
        'div',
        { key: task },
        h('h3', {}, task),
        figure(
          intervalChart(
            `Quality on ${task}`,
            rows.map(({ target, quality, low, high }) => ({
              name: target,
              value: quality,
              low,
              high,
              index: index.get(target) ?? 0,
            })),
          ),
          `${rows[0]?.requests ?? 0} requests.`,
          table(
            `Quality on ${task}`,
            ['target', 'quality', '95 % limits', 'USD per 1,000', 'requests'],
            rows.map(({ target, quality, low, high, cost, requests }) => [
              target,
              formatPercent(quality),
              `${formatPercent(low)} to ${formatPercent(high)}`,
              formatUsd(cost === undefined ? undefined : 1_000 * cost),
              String(requests),
            ]),
          ),
        ),
      );
    }),
  );
}

/** How far each judge is to be believed. */
export function judgesSection({ summary: { judging } }: ReportData): HtmlPart {
  if (!judging) return null;
  return section(
    'judges',
    'How far the judges are to be believed',
    preformatted('Judges', describeJudging(judging)),
  );
}
