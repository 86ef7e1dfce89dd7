import { createElement, type ReactElement, type ReactNode } from 'react';
import { printable } from '../../../lines.ts';
import type { Sheet } from '../../text/table.ts';

/** A part of the page. Texts in it are escaped by the renderer. */
export type HtmlPart = ReactElement | null;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element of HTML or SVG, whose texts drive no terminal and reorder nothing beside them. */
export const h = (
  tag: string,
  attributes: Attributes = {},
  ...children: ReactNode[]
): ReactElement =>
  createElement(
    tag,
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, plain(value)])),
    ...children.map(plain),
  );

const plain = <Value>(value: Value): Value | string =>
  typeof value === 'string' ? printable(value) : value;

/** Text that is not escaped: arb's own style and script, and JSON whose `<` is escaped. */
export const raw = (tag: 'style' | 'script', text: string, attributes: Attributes = {}) =>
  createElement(tag, { ...attributes, dangerouslySetInnerHTML: { __html: text } });

/** A table whose first column names the row; reachable and scrollable by keyboard. */
export function table({ title, columns, rows }: Sheet): ReactElement {
  const side = (at: number) => (columns[at]?.align === 'left' ? { className: 'left' } : {});
  const head = columns.map((column, at) =>
    h('th', { scope: 'col', key: at, ...side(at) }, column.title),
  );
  const body = rows.map(([first, ...cells], index) =>
    h(
      'tr',
      { key: index },
      h('th', { scope: 'row' }, first ?? ''),
      ...cells.map((cell, at) => h('td', { key: at, ...side(at + 1) }, cell)),
    ),
  );
  return h(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': title },
    h(
      'table',
      {},
      h('caption', {}, title),
      h('thead', {}, h('tr', {}, ...head)),
      h('tbody', {}, ...body),
    ),
  );
}

/** A section with its heading. */
export function section(id: string, title: string, ...parts: readonly HtmlPart[]): ReactElement {
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
    h(
      'div',
      { className: 'scroll chart', tabIndex: 0, role: 'region', 'aria-label': words },
      chart,
    ),
    h('figcaption', {}, words),
    h('details', {}, h('summary', {}, 'The numbers'), numbers),
  );
}

export const lines = (texts: readonly string[]): HtmlPart =>
  texts.length === 0 ? null : h('ul', {}, ...texts.map((text, i) => h('li', { key: i }, text)));
