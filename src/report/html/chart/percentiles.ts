import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { ReactElement } from 'react';
import { formatMs } from '../../../units.ts';
import type { Point } from '../../data/report-data.ts';
import { h } from '../kit/element.ts';
import { axes, inner, roundTicks, seriesClass, svg } from './axes.ts';

const ticks = [0.5, 0.9, 0.99, 0.999] as const;

interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Times by the share of the answers that are within them; arb's own error as a band at the bottom. */
export function percentileChart(
  title: string,
  series: readonly Series[],
  ownErrorMs: number | undefined,
): ReactElement {
  const all = series.flatMap(({ points }) => points.map(({ ms }) => ms)).filter((ms) => ms > 0);
  if (all.length === 0) all.push(1);
  const y = scaleLog([Math.min(...all) * 0.9, Math.max(...all) * 1.1], [...inner.y]);
  const x = scaleLinear([toTail(0), toTail(0.999)], [...inner.x]);
  const draw = line<Point>(
    ({ share }) => x(toTail(share)),
    ({ ms }) => y(ms),
  );
  const [floor] = y.domain();
  const band = ownErrorMs !== undefined && floor !== undefined && ownErrorMs > floor;
  return svg(
    title,
    band
      ? h('rect', {
          className: 'error',
          x: inner.x[0],
          width: inner.x[1] - inner.x[0],
          y: y(ownErrorMs),
          height: inner.y[0] - y(ownErrorMs),
        })
      : null,
    axes({
      x: ticks.map((share) => ({ at: x(toTail(share)), label: `p${+(100 * share).toFixed(1)}` })),
      y: roundTicks(y.ticks()).map((at) => ({ at: y(at), label: formatMs(at) })),
      xTitle: 'share of the answers (log tail)',
      yTitle: title,
    }),
    h(
      'g',
      {},
      ...series.map(({ name, points }, index) =>
        h('path', { key: name, className: seriesClass(index), d: draw([...points]) ?? '' }),
      ),
    ),
  );
}

const toTail = (share: number) => -Math.log10(1 - share);
