import { createElement, type ReactElement, type ReactNode } from 'react';

/** A part of the page. Texts in it are escaped by the renderer. */
export type HtmlPart = ReactElement | null;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element of HTML or SVG. */
export const h = (
  tag: string,
  attributes: Attributes = {},
  ...children: ReactNode[]
): ReactElement => createElement(tag, attributes, ...children);

/** Text that is not escaped: arb's own style and script, and JSON whose `<` is escaped. */
export const raw = (tag: 'style' | 'script', text: string, attributes: Attributes = {}) =>
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the one place, and its callers are three
  createElement(tag, { ...attributes, dangerouslySetInnerHTML: { __html: text } });

/** A table whose first column names the row; reachable and scrollable by keyboard. */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly ReactNode[])[],
): ReactElement {
  const head = h('tr', {}, ...columns.map((title) => h('th', { scope: 'col', key: title }, title)));
  const body = rows.map(([first, ...cells], index) =>
    h(
      'tr',
      { key: index },
      h('th', { scope: 'row' }, first),
      ...cells.map((cell, at) => h('td', { key: at }, cell)),
    ),
  );
  return h(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': caption },
    h('table', {}, h('caption', {}, caption), h('thead', {}, head), h('tbody', {}, ...body)),
  );
}

/** A section with its heading; left out where it has nothing to show. */
export function section(id: string, title: string, ...parts: readonly HtmlPart[]): HtmlPart {
  if (parts.every((part) => part === null)) return null;
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    ...parts,
  );
}

/** A chart with its words and, for who cannot see it, its numbers as a table behind a button. */
export function figure(chart: ReactElement, words: string, numbers: ReactElement): ReactElement {
  return h(
    'figure',
    {},
    chart,
    h('figcaption', {}, words),
    h('details', {}, h('summary', {}, 'The numbers'), numbers),
  );
}

/** Lines that are aligned already, as a terminal shows them. */
export const preformatted = (name: string, texts: readonly string[]): ReactElement =>
  h('pre', { tabIndex: 0, role: 'region', 'aria-label': name }, texts.join('\n').trim());

export const lines = (texts: readonly string[]): HtmlPart =>
  texts.length === 0 ? null : h('ul', {}, ...texts.map((text, i) => h('li', { key: i }, text)));
