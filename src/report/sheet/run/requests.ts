import { formatMs, formatPercent, formatUsd } from '../../../units.ts';
import type { ReportData, SampledCell } from '../../data/report-data.ts';
import { toColumns } from '../sheet.ts';
import type { ReportPart } from './part.ts';

/** So many stand in the table; a page has a browser for all. */
const plain = 25;

/** Single requests: failures, the largest disagreements, and some at random. */
export function requestsPart({ requests }: ReportData): ReportPart | undefined {
  const { targets, rows, of, texts } = requests;
  if (rows.length === 0) return undefined;
  return {
    id: 'requests',
    title: 'Single requests',
    lines: [
      `${rows.length} of ${of} requests: all kinds of failures, the largest disagreements between targets, and a random part.`,
      ...(texts === undefined || texts === rows.length
        ? []
        : [`${texts} of them with their texts: a page has room for no more.`]),
    ],
    sheets: [
      {
        title: `The first ${Math.min(plain, rows.length)} of them`,
        columns: toColumns('<request', '<task', '<why', ...targets.map((name) => `<${name}`)),
        rows: rows
          .slice(0, plain)
          .map(({ id, task, why, cells }) => [id, task, why, ...cells.map(describeCell)]),
      },
    ],
  };
}

function describeCell(cell: SampledCell | undefined): string {
  if (!cell) return 'not asked';
  const { status, quality, cost, latency } = cell;
  return [
    status,
    ...(quality === undefined ? [] : [formatPercent(quality)]),
    ...(cost === undefined ? [] : [formatUsd(cost)]),
    ...(latency === undefined ? [] : [formatMs(latency)]),
  ].join(', ');
}
