import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { ReactElement } from 'react';
import { formatPercent, formatUsd } from '../../../units.ts';
import type { Mark } from '../../sheet/run/decision.ts';
import { h } from '../kit/element.ts';
import { axes, inner, roundTicks, svg } from './axes.ts';
import { placeLabels } from './place-labels.ts';

interface Place {
  readonly costUsd: number;
  readonly quality: number;
}

/** What is drawn by cost and quality. */
interface Frontier {
  readonly steps: readonly Place[];
  readonly marks: readonly Mark[];
  /** Policies certified at other floors; absent where none is. */
  readonly floors: readonly (Place | undefined)[];
}

/** Cost against quality: the frontier of policies as a line, everything else as a mark with its name. */
export function frontierChart({ steps, marks, floors }: Frontier): ReactElement {
  const shown = floors.filter((floor) => floor !== undefined);
  const costs = [
    ...[...steps, ...shown].map(({ costUsd }) => costUsd),
    ...marks.map(({ cost }) => cost),
  ];
  const known = costs.filter((cost) => cost > 0);
  const least = Math.min(...known) * 0.85;
  const x = scaleLog([least, Math.max(...known) * 1.2], [...inner.x]);
  const atCost = (cost: number) => x(Math.max(cost, least));
  const qualities = [...steps, ...shown, ...marks].map(({ quality }) => quality);
  const y = scaleLinear([Math.min(...qualities), Math.max(...qualities)], [...inner.y]).nice();
  const path = line<Place>(
    ({ costUsd }) => atCost(costUsd),
    ({ quality }) => y(quality),
  )([...steps]);
  const spots = marks.map(({ cost, quality, name }) => ({
    x: atCost(cost),
    y: y(quality),
    text: name,
  }));
  // No name stands on the dot of another policy.
  const dots = shown.map(({ costUsd, quality }) => ({
    x: atCost(costUsd),
    y: y(quality),
    text: '',
  }));
  const labels = placeLabels([...spots, ...dots], { left: inner.x[0], right: inner.x[1] });
  return svg(
    'Cost and quality of every target and policy',
    axes({
      x: roundTicks(x.ticks()).map((at) => ({ at: x(at), label: formatUsd(1_000 * at) })),
      y: y.ticks(6).map((at) => ({ at: y(at), label: formatPercent(at) })),
      xTitle: 'USD per 1,000 requests (log)',
      yTitle: 'quality',
    }),
    path ? h('path', { className: 'frontier', d: path }) : null,
    h(
      'g',
      { className: 'steps' },
      ...steps.map((step, index) =>
        h('circle', { key: index, cx: atCost(step.costUsd), cy: y(step.quality), r: 2.5 }),
      ),
    ),
    h(
      'g',
      { className: 'floors' },
      ...floors.map((floor, index) =>
        // One for each, for the slider goes by their number; one without a policy is out of sight.
        floor
          ? h('circle', { key: index, cx: atCost(floor.costUsd), cy: y(floor.quality), r: 4 })
          : h('circle', { key: index, cx: -20, cy: -20, r: 4 }),
      ),
    ),
    h(
      'g',
      {},
      ...marks.map(({ name, kind }, index) => {
        const { x: cx = 0, y: cy = 0 } = spots[index] ?? {};
        const label = labels[index];
        return h(
          'g',
          { key: index, className: `mark ${kind}` },
          h('circle', { cx, cy, r: kind === 'deployed' ? 7 : 5 }),
          label ? h('text', { x: label.x, y: label.y, textAnchor: label.anchor }, name) : null,
        );
      }),
    ),
    h('circle', { className: 'chosen', id: 'chosen', cx: -20, cy: -20, r: 9 }),
  );
}
