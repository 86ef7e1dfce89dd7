import { formatPercent, formatUsd } from '../../../units.ts';
import type { ReportData } from '../../data/report-data.ts';
import { judgingNotes, judgingSheet } from '../../text/judging.ts';
import { toColumns } from '../sheet.ts';
import type { ReportPart } from './part.ts';

/** Quality of every target by task, with limits. */
export function tasksPart({ tasks }: ReportData): ReportPart | undefined {
  if (tasks.length === 0) return undefined;
  const names = [...new Set(tasks.map(({ task }) => task))];
  return {
    id: 'tasks',
    title: 'Quality by task',
    lines: [],
    sheets: names.map((name) => ({
      title: name,
      columns: toColumns('<target', 'quality', '95 % limits', 'USD per 1,000', 'requests'),
      rows: tasks
        .filter(({ task }) => task === name)
        .map(({ target, quality, low, high, cost, requests }) => [
          target,
          formatPercent(quality),
          `${formatPercent(low)} to ${formatPercent(high)}`,
          formatUsd(cost === undefined ? undefined : 1_000 * cost),
          String(requests),
        ]),
    })),
  };
}

/** How far each judge is to be believed. */
export function judgesPart({ summary: { judging } }: ReportData): ReportPart | undefined {
  if (!judging) return undefined;
  return {
    id: 'judges',
    title: 'How far the judges are to be believed',
    lines: judgingNotes(judging),
    sheets: [judgingSheet(judging)],
  };
}
