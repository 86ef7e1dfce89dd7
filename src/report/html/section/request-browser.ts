import { jsonText } from '../../../encode.ts';
import type { ReportData } from '../../data/report-data.ts';
import { type HtmlPart, h, raw } from '../kit/element.ts';

/** Filters, a list, and the answers of one request side by side; the script fills it. */
export function requestBrowser({ requests: { rows } }: ReportData): HtmlPart {
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
  return h(
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
  );
}

/** Data, not code: a browser does not run it, and "<" cannot end it. */
export const requestData = ({ requests: { targets, rows } }: ReportData): HtmlPart =>
  raw('script', jsonText({ targets, rows }).replaceAll('<', '\\u003c'), {
    id: 'requests-data',
    type: 'application/json',
  });
