import type { ReactElement } from 'react';
import { h } from '../kit/element.ts';

/** The size of a chart in its own units; the page scales it. */
export const frame = { width: 720, height: 360, left: 74, right: 16, top: 14, bottom: 46 } as const;

export const inner = {
  x: [frame.left, frame.width - frame.right],
  y: [frame.height - frame.bottom, frame.top],
} as const;

interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Axes {
  readonly x: readonly Tick[];
  readonly y: readonly Tick[];
  readonly xTitle: string;
  readonly yTitle: string;
}

/** Grid, ticks and titles. */
export function axes({ x, y, xTitle, yTitle }: Axes): ReactElement {
  const [left, right] = inner.x;
  const [bottom, top] = inner.y;
  return h(
    'g',
    { className: 'axes' },
    ...y.map(({ at, label }) =>
      h(
        'g',
        { key: `y${label}` },
        h('line', { x1: left, x2: right, y1: at, y2: at }),
        h('text', { x: left - 8, y: at + 4, textAnchor: 'end' }, label),
      ),
    ),
    ...x.map(({ at, label }) =>
      h(
        'g',
        { key: `x${label}` },
        h('line', { x1: at, x2: at, y1: bottom, y2: bottom + 5 }),
        h('text', { x: at, y: bottom + 18, textAnchor: 'middle' }, label),
      ),
    ),
    h('line', { className: 'edge', x1: left, x2: right, y1: bottom, y2: bottom }),
    h('line', { className: 'edge', x1: left, x2: left, y1: bottom, y2: top }),
    h('text', { className: 'title', x: right, y: frame.height - 6, textAnchor: 'end' }, xTitle),
    h('text', { className: 'title', x: left, y: top - 3 }, yTitle),
  );
}

/** A chart as one image with a name. */
export function svg(name: string, ...parts: readonly (ReactElement | null)[]): ReactElement {
  return h(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      role: 'img',
      'aria-label': name,
      viewBox: `0 0 ${frame.width} ${frame.height}`,
    },
    ...parts,
  );
}

/** Of the ticks of a logarithmic scale those that begin with 1, 2 or 5: the others crowd. */
export const roundTicks = (ticks: readonly number[]) =>
  ticks.filter((at) => ['1', '2', '5'].includes(at.toExponential()[0] ?? ''));

/** Every target its colour and dash, the same in all charts; `c0` to `c9` are in the style. */
export const seriesClass = (index: number) =>
  `series c${index % 10} d${Math.floor(index / 10) % 3}`;

/** The names of the series, in their colours. */
export function legend(names: readonly string[]): ReactElement {
  return h(
    'ul',
    { className: 'legend' },
    ...names.map((name, index) =>
      h(
        'li',
        { key: name },
        h('span', { className: `swatch c${index % 10}`, 'aria-hidden': true }),
        name,
      ),
    ),
  );
}
