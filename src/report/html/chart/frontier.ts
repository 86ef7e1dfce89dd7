import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { ReactElement } from 'react';
import { formatPercent, formatUsd } from '../../../units.ts';
import { h } from '../element.ts';
import { axes, inner, svg } from './axes.ts';

/** A policy or a target by what it costs and how good it is. */
export interface Mark {
  readonly name: string;
  readonly kind: 'target' | 'policy' | 'deployed' | 'today' | 'oracle';
  readonly cost: number;
  readonly quality: number;
}

/** Cost against quality: the frontier of policies as a line, everything else as a mark with its name. */
export function frontierChart(
  steps: readonly { readonly costUsd: number; readonly quality: number }[],
  marks: readonly Mark[],
): ReactElement {
  const costs = [...steps.map(({ costUsd }) => costUsd), ...marks.map(({ cost }) => cost)];
  const known = costs.filter((cost) => cost > 0);
  const least = Math.min(...known) * 0.85;
  const x = scaleLog([least, Math.max(...known) * 1.2], [...inner.x]);
  const atCost = (cost: number) => x(Math.max(cost, least));
  const qualities = [...steps, ...marks].map(({ quality }) => quality);
  const y = scaleLinear([Math.min(...qualities), Math.max(...qualities)], [...inner.y]).nice();
  const path = line<(typeof steps)[number]>(
    ({ costUsd }) => atCost(costUsd),
    ({ quality }) => y(quality),
  )([...steps]);
  return svg(
    'Cost and quality of every target and policy',
    axes({
      x: x
        .ticks(4)
        .map((at) => ({ at: x(at), label: x.tickFormat(4, '')(at) && formatUsd(1_000 * at) })),
      y: y.ticks(6).map((at) => ({ at: y(at), label: formatPercent(at) })),
      xTitle: 'USD per 1,000 requests (log)',
      yTitle: 'quality',
    }),
    path ? h('path', { className: 'frontier', d: path }) : null,
    h(
      'g',
      {},
      ...marks.map((mark, index) => {
        const [cx, cy] = [atCost(mark.cost), y(mark.quality)];
        const isRight = cx > (inner.x[0] + inner.x[1]) / 2;
        return h(
          'g',
          { key: index, className: `mark ${mark.kind}` },
          h('circle', { cx, cy, r: mark.kind === 'deployed' ? 7 : 5 }),
          h(
            'text',
            { x: isRight ? cx - 9 : cx + 9, y: cy - 7, textAnchor: isRight ? 'end' : 'start' },
            mark.name,
          ),
        );
      }),
    ),
    h('circle', { className: 'chosen', id: 'chosen', cx: -20, cy: -20, r: 9 }),
  );
}
