import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { ReactElement } from 'react';
import { formatMs } from '../../../units.ts';
import type { TargetFigures } from '../../data/report-data.ts';
import { h } from '../kit/element.ts';
import { axes, inner, seriesClass, svg } from './axes.ts';

/** The median latency of each target over the run. */
export function overTimeChart(targets: readonly TargetFigures[]): ReactElement {
  const bins = targets.flatMap(({ overTime }) => overTime);
  const x = scaleLinear([0, Math.max(1, ...bins.map(({ at }) => at))], [...inner.x]);
  const y = scaleLinear([0, Math.max(1, ...bins.map(({ p50 }) => p50))], [...inner.y]).nice();
  const draw = line<TargetFigures['overTime'][number]>(
    ({ at }) => x(at),
    ({ p50 }) => y(p50),
  );
  return svg(
    'Median latency over the run',
    axes({
      x: x.ticks(6).map((at) => ({ at: x(at), label: formatMs(at) })),
      y: y.ticks(5).map((at) => ({ at: y(at), label: formatMs(at) })),
      xTitle: 'time since the start',
      yTitle: 'median latency',
    }),
    h(
      'g',
      {},
      ...targets.map(({ target, overTime }, index) =>
        h('path', { key: target, className: seriesClass(index), d: draw([...overTime]) ?? '' }),
      ),
    ),
  );
}
