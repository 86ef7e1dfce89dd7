import { scaleLinear } from 'd3-scale';
import type { ReactElement } from 'react';
import { formatPercent } from '../../../units.ts';
import { shorten } from '../../text/table.ts';
import { h } from '../kit/element.ts';
import { axes, frame, inner, svg } from './axes.ts';

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Of the target, for its colour. */
  readonly index: number;
}

/** Shares with their limits, a line each. */
export function intervalChart(title: string, bars: readonly Bar[]): ReactElement {
  const lows = bars.map(({ low }) => low);
  const x = scaleLinear([Math.min(1, ...lows), 1], [inner.x[0] + 110, inner.x[1]]).nice();
  const step = (inner.y[0] - inner.y[1]) / Math.max(1, bars.length);
  const atRow = (row: number) => inner.y[1] + step * (row + 0.5);
  return svg(
    title,
    axes({
      x: x.ticks(5).map((at) => ({ at: x(at), label: formatPercent(at) })),
      y: [],
      xTitle: 'quality, 95 % limits',
      yTitle: '',
    }),
    h(
      'g',
      {},
      ...bars.map(({ name, value, low, high, index }, row) =>
        h(
          'g',
          { key: name, className: `interval c${index % 10}` },
          h('line', { x1: x(low), x2: x(high), y1: atRow(row), y2: atRow(row) }),
          h('circle', { cx: x(value), cy: atRow(row), r: 4 }),
          h(
            'text',
            { x: inner.x[0] + 102, y: atRow(row) + 4, textAnchor: 'end' },
            shorten(name, 26),
          ),
        ),
      ),
    ),
    h('line', { className: 'edge', x1: 0, x2: 0, y1: 0, y2: frame.top }),
  );
}
