import type { ReactElement } from 'react';
import type { ReportData } from '../data/report-data.ts';
import { describeRun, type RunReport } from '../sheet/run/run.ts';
import { type HtmlPart, h, lines, raw } from './kit/element.ts';
import { drawSections } from './section/section.ts';

interface Inline {
  /** Content-Security-Policy. */
  readonly policy: string;
  readonly style: string;
  readonly script: string;
}

/** The whole page: the answer first, then what it stands on. */
export function page(data: ReportData, { policy, style, script }: Inline): ReactElement {
  const report = describeRun(data);
  return h(
    'html',
    { lang: 'en' },
    h(
      'head',
      {},
      h('meta', { charSet: 'utf-8' }),
      h('meta', { httpEquiv: 'Content-Security-Policy', content: policy }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'referrer', content: 'no-referrer' }),
      h('title', {}, report.title),
      raw('style', style),
    ),
    h(
      'body',
      {},
      h('header', {}, ...headerParts(report)),
      h('main', {}, ...drawSections(report.parts, data)),
      h(
        'footer',
        {},
        h('p', { className: 'soft' }, `Made by arb ${data.manifest.arb} at ${data.made_at}.`),
      ),
      raw('script', script),
    ),
  );
}

function headerParts({ title, answer, notes, facts, measured, parts }: RunReport): HtmlPart[] {
  return [
    h('h1', { key: 'title' }, title),
    h('p', { key: 'verdict', className: 'answer' }, answer),
    h(
      'ul',
      { key: 'facts', className: 'facts' },
      ...facts.map(([value, what], key) => h('li', { key }, h('b', {}, value), what)),
    ),
    lines(notes),
    h('p', { key: 'when', className: 'soft' }, measured),
    h(
      'nav',
      { key: 'nav', 'aria-label': 'Sections' },
      h(
        'ul',
        {},
        ...parts.map(({ id, title: name }) =>
          h('li', { key: id }, h('a', { href: `#${id}` }, name)),
        ),
      ),
    ),
  ];
}
