import type { Arbitrage, ModelRoutes, Route } from '../../arbitrage/arbitrage.ts';
import { formatServers, partName } from '../../arbitrage/route-names.ts';
import { formatMs, formatPercent, formatUsd } from '../../units.ts';
import { type Column, formatTable, type Sheet } from './table.ts';

const left = 'left' as const;
const moneyColumns = [
  { title: 'route', align: left },
  { title: 'via', align: left },
  { title: '$/M in, out' },
  { title: 'fee' },
  { title: '$/month' },
  { title: '$/completed' },
  { title: 'failed' },
  { title: 'quality' },
  { title: 'points to the first (95 %)' },
  { title: 'served by', align: left },
];
const timeColumns = [
  { title: 'first token', align: left },
  { title: 'p50' },
  { title: 'over direct (95 %)' },
  { title: 'p99' },
  { title: 'over direct (95 %)' },
];

/** The arbitrage table for people; nothing where no model has two routes. */
export function describeArbitrage(found: Arbitrage): string[] {
  if (found.models.length === 0) return [];
  return [
    ...found.models.flatMap((each) => [
      '',
      `routes to ${each.model}`,
      ...routeSheets(each).flatMap(({ columns, rows }) => formatTable(columns, rows)),
    ]),
    ...routeNotes(found),
  ];
}

/** The routes of one model: money and quality, then times. */
export const routeSheets = ({ model, routes }: ModelRoutes): Sheet[] => [
  { title: `Routes to ${model}`, ...usedTable(moneyColumns, routes.map(moneyCells)) },
  { title: `Times of the routes to ${model}`, ...usedTable(timeColumns, routes.map(timeCells)) },
];

/** Which routes are shown to be worse than the first of their model. */
export function routeNotes({ models, tests, level }: Arbitrage): string[] {
  const calls = models.flatMap(callLines);
  const family = `error ${formatPercent(level)} over all ${tests} comparisons of routes and their tasks`;
  return calls.length > 0
    ? [...calls, `(${family})`]
    : [`no route is shown to differ in quality from the first of its model (${family})`];
}

/** A table without the columns in which nobody has anything to say. */
function usedTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Pick<Sheet, 'columns' | 'rows'> {
  const used = [...columns.keys()].filter((index) => rows.some((row) => row[index] !== ''));
  const shown = <T>(row: readonly T[]) => row.filter((_, index) => used.includes(index));
  return { columns: shown(columns), rows: rows.map(shown) };
}

function moneyCells(route: Route): string[] {
  const { price, fee_percent, usd_per_month, difference } = route;
  return [
    route.target,
    [route.via, ...(route.quantizations ?? [])].join(' '),
    price ? `${price.input}, ${price.output}` : '',
    fee_percent === undefined ? '' : `${fee_percent} %`,
    usd_per_month === undefined ? '' : String(usd_per_month),
    formatUsd(route.cost_per_completed_usd),
    formatPercent(route.failed_share),
    formatPercent(route.quality),
    limited(difference?.whole, signedPoints),
    formatServers(route),
  ];
}

function timeCells({ target, ttft_ms: ttft, overhead_ms: over }: Route): string[] {
  return [
    target,
    formatMs(ttft.p50?.estimate),
    limited(over?.p50, signedMs),
    formatMs(ttft.p99?.estimate),
    limited(over?.p99, signedMs),
  ];
}

interface Limited {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

function limited(of: Limited | undefined, show: (value: number) => string): string {
  return of === undefined ? '' : `${show(of.estimate)} (${show(of.low)} to ${show(of.high)})`;
}

const sign = (value: number) => (value > 0 ? '+' : value < 0 ? '-' : '');
const signedMs = (value: number) => `${sign(value)}${formatMs(Math.abs(value))}`;
const signedPoints = (value: number) => `${sign(value)}${Math.abs(100 * value).toFixed(1)}`;

function callLines({ reference, routes }: ModelRoutes): string[] {
  return routes.flatMap(({ target, called_out }) =>
    called_out.map(
      (part) =>
        `CALLED OUT: ${target} differs from ${reference} on ${partName(part)}: ${limited(part, signedPoints)} points (95 %) over ${part.pairs} pairs, better on ${part.better}, worse on ${part.worse}, p ${exact(part.p)}`,
    ),
  );
}

const exact = (p: number) => (p < 1e-4 ? p.toExponential(0) : p.toFixed(4));
