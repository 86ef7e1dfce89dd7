import { jsonText } from '../../../encode.ts';
import { formatMs, formatPercent, formatUsd } from '../../../units.ts';
import { type HtmlPart, h, raw, section, table } from '../kit/element.ts';
import type { ReportData, SampledRequest } from '../kit/report-data.ts';

/** So many are on the page for readers without a script. */
const plain = 25;

/** Single requests: failures, the largest disagreements, and some at random, with filters. */
export function requestsSection({ requests }: ReportData): HtmlPart {
  const { targets, rows, of } = requests;
  if (rows.length === 0) return null;
  const tasks = [...new Set(rows.map(({ task }) => task))].filter((task) => task !== '').sort();
  const select = (id: string, label: string, options: readonly string[]) =>
    h(
      'div',
      { key: id },
      h('label', { htmlFor: id }, label),
      h(
        'select',
        { id },
        h('option', { value: '' }, 'all'),
        ...options.map((value) => h('option', { key: value, value }, value)),
      ),
    );
  return section(
    'requests',
    'Single requests',
    h(
      'p',
      {},
      `${rows.length} of ${of} requests: all kinds of failures, the largest disagreements between targets, and a random part.`,
    ),
    h(
      'div',
      { className: 'only-script', hidden: true },
      h(
        'div',
        { className: 'controls' },
        select('why', 'Why it is here', ['failure', 'disagreement', 'random']),
        select('task', 'Task', tasks),
        h(
          'div',
          {},
          h('label', { htmlFor: 'search' }, 'Search'),
          h('input', { id: 'search', type: 'search' }),
        ),
        h('div', {}, h('label', { htmlFor: 'request' }, 'Request'), h('select', { id: 'request' })),
        h('output', { id: 'count', htmlFor: 'search' }),
      ),
      h('div', { id: 'shown', 'aria-live': 'polite' }),
    ),
    table(
      `The first ${Math.min(plain, rows.length)} of them`,
      ['request', 'task', 'why', ...targets],
      rows.slice(0, plain).map((row) => [row.id, row.task, row.why, ...describeCells(row)]),
    ),
    // Data, not code: a browser does not run it, and "<" cannot end it.
    raw('script', jsonText({ targets, rows }).replaceAll('<', '\\u003c'), {
      id: 'requests-data',
      type: 'application/json',
    }),
  );
}

const describeCells = ({ cells }: SampledRequest) =>
  cells.map((cell) => {
    if (!cell) return 'not asked';
    const { status, quality, cost, latency } = cell;
    return [
      status,
      ...(quality === undefined ? [] : [formatPercent(quality)]),
      ...(cost === undefined ? [] : [formatUsd(cost)]),
      ...(latency === undefined ? [] : [formatMs(latency)]),
    ].join(', ');
  });
