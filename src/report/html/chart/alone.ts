import type { ReactElement } from 'react';
import { h, raw } from '../kit/element.ts';
import { chartStyle } from '../kit/style.ts';
import { frame } from './axes.ts';
import type { Chart } from './charts.ts';

const row = 20;

/** A chart that stands alone: with its style, and the names of its lines below it. */
export function standAlone({ drawing, legend = [] }: Chart): ReactElement {
  const { width } = frame;
  const height = frame.height + row * Math.ceil(legend.length / 2);
  return h(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height },
    raw('style', chartStyle),
    h('svg', { width, height: frame.height }, drawing),
    ...legend.map((name, index) => {
      const x = index % 2 === 0 ? frame.left : width / 2;
      const y = frame.height + row * (Math.floor(index / 2) + 0.6);
      return h(
        'g',
        { key: index, className: `c${index % 10}` },
        h('line', { className: 'series', x1: x, x2: x + 24, y1: y - 4, y2: y - 4 }),
        h('text', { x: x + 32, y }, name),
      );
    }),
  );
}
