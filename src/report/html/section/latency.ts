import { formatMs } from '../../../units.ts';
import { legend } from '../chart/axes.ts';
import { overTimeChart } from '../chart/over-time.ts';
import { percentileChart, shares } from '../chart/percentiles.ts';
import { figure, type HtmlPart, h, section, table } from '../kit/element.ts';
import type { Point, ReportData } from '../kit/report-data.ts';

/** Times by target: percentiles to p99.9, and over the run. */
export function latencySection({ targets, summary }: ReportData): HtmlPart {
  const answered = targets.filter(({ latency }) => latency.length > 0);
  if (answered.length === 0) return null;
  const error = summary.calibration?.limit_ms;
  const band =
    error === undefined ? '' : ` The band at the bottom is arb's own stated error (${error} ms).`;
  const curves = (of: 'latency' | 'ttft') =>
    answered.map((each) => ({ name: each.target, points: each[of] }));
  return section(
    'latency',
    'Latency by target',
    legend(answered.map(({ target }) => target)),
    figure(
      percentileChart('latency', curves('latency'), error),
      `From when a request should have been sent to its last token, waits and retries in.${band}`,
      numbersOf(answered.map(({ target, latency }) => [target, latency])),
    ),
    figure(
      percentileChart('time to first token', curves('ttft'), error),
      `The same to the first token.${band}`,
      numbersOf(answered.map(({ target, ttft }) => [target, ttft])),
    ),
    figure(
      overTimeChart(answered),
      'The median over the run: what drifts was not measured under one condition.',
      h(
        'div',
        {},
        table(
          'Median latency over the run',
          ['target', ...answered[0]!.overTime.map(({ at }) => formatMs(at))],
          answered.map(({ target, overTime }) => [
            target,
            ...overTime.map(({ p50 }) => formatMs(p50)),
          ]),
        ),
      ),
    ),
  );
}

function numbersOf(series: readonly (readonly [string, readonly Point[]])[]) {
  const shown = shares.filter((share) => [0.5, 0.75, 0.9, 0.95, 0.99, 0.999].includes(share));
  return table(
    'Percentiles',
    ['target', ...shown.map((share) => `p${+(100 * share).toFixed(1)}`)],
    series.map(([target, points]) => [
      target,
      ...shown.map((share) => formatMs(points.find((point) => point.share === share)?.ms)),
    ]),
  );
}
