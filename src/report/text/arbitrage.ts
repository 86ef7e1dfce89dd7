import type { Arbitrage, ModelRoutes, Route } from '../../arbitrage/arbitrage.ts';
import { formatServers, partName } from '../../arbitrage/route-names.ts';
import type { RuleReport } from '../../optimize/rules/report-rules.ts';
import { formatMs, formatPercent, formatUsd } from '../../units.ts';
import { type Column, formatTable, type Sheet } from './table.ts';

const left = 'left' as const;

/** The arbitrage table for people; nothing where no model has two routes. */
export function describeArbitrage(found: Arbitrage, rules: readonly UsedRoutes[] = []): string[] {
  if (found.models.length === 0) return [];
  return [
    ...found.models.flatMap((each) => [
      '',
      `routes to ${each.model}`,
      ...routeSheets(each).flatMap(({ columns, rows }) => formatTable(columns, rows)),
    ]),
    ...routeNotes(found, rules),
  ];
}

/** Where a policy uses which route. */
export type UsedRoutes = Pick<RuleReport, 'name' | 'use' | 'fallback'>;

/** The routes of one model: money and quality, then times. */
export const routeSheets = ({ model, reference, routes }: ModelRoutes): Sheet[] => [
  {
    title: `Routes to ${model}`,
    ...usedTable(
      [
        { title: 'route', align: left },
        { title: 'via', align: left },
        { title: 'list price: $/M in, out' },
        { title: 'fee' },
        { title: '$/month' },
        { title: '$/completed with fee' },
        { title: 'failed' },
        { title: 'quality' },
        { title: `points vs ${reference} (95 %)` },
        { title: 'served by (answers)', align: left },
      ],
      routes.map(moneyCells),
    ),
  },
  {
    title: `Times of the routes to ${model}`,
    ...usedTable(
      [
        { title: 'first token', align: left },
        { title: 'p50' },
        { title: `p50 vs ${reference} (95 %)` },
        { title: 'p99' },
        { title: `p99 vs ${reference} (95 %)` },
      ],
      routes.map(timeCells),
    ),
  },
];

/** Which routes are shown to be worse than the first of their model, and what a policy does with them. */
export function routeNotes(
  { models, tests, level }: Arbitrage,
  rules: readonly UsedRoutes[] = [],
): string[] {
  const calls = models.flatMap((routes) => callLines(routes, rules));
  const family = `the chance that any of these ${tests} comparisons of routes and their tasks is wrong to name one is at most ${formatPercent(level)}`;
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
    price ? formatPrice(price) : '',
    price === undefined && fee_percent === undefined ? '' : `${fee_percent ?? 0} %`,
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
    shownMs(over?.p50),
    formatMs(ttft.p99?.estimate),
    shownMs(over?.p99),
  ];
}

/** `0.27 (cached 0.07), 1.1`: what is read from a cache can be most of the input. */
function formatPrice({ input, cached_input: cached, output }: NonNullable<Route['price']>): string {
  return `${input}${cached === undefined ? '' : ` (cached ${cached})`}, ${output}`;
}

interface Limited {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

function limited(of: Limited | undefined, show: (value: number) => string): string {
  return of === undefined ? '' : `${show(of.estimate)} (${show(of.low)} to ${show(of.high)})`;
}

/** A difference whose limits are on both sides of 0 has no direction to be read. */
function shownMs(over: Limited | undefined): string {
  if (over === undefined || over.low > 0 || over.high < 0) return limited(over, signedMs);
  return `no difference shown (${signedMs(over.low)} to ${signedMs(over.high)})`;
}

const sign = (value: number) => (value > 0 ? '+' : value < 0 ? '-' : '');
const signedMs = (value: number) => `${sign(value)}${formatMs(Math.abs(value))}`;
const signedPoints = (value: number) => `${sign(value)}${Math.abs(100 * value).toFixed(1)}`;

function callLines({ reference, routes }: ModelRoutes, rules: readonly UsedRoutes[]): string[] {
  return routes.flatMap(({ target, called_out }) =>
    called_out.map((part) => {
      const side = part.estimate < 0 ? 'worse' : 'better';
      return `CALLED OUT: ${target} is ${side} than ${reference} on ${partName(part)}: ${limited(part, signedPoints)} points (95 %), worse on ${part.worse} of ${part.pairs}, better on ${part.better} (p ${exact(part.p)})${describeUse(target, rules)}`;
    }),
  );
}

/** What the rules above do with a route that was named. */
function describeUse(target: string, rules: readonly UsedRoutes[]): string {
  if (rules.length === 0) return '';
  const named = (which: readonly UsedRoutes[]) => which.map(({ name }) => name).join(', ');
  const first = rules.filter(({ use }) => use === target);
  const later = rules.filter(({ fallback }) => fallback.includes(target));
  if (first.length > 0) return `; rule ${named(first)} goes to it, within what is asked above`;
  if (later.length > 0) {
    return `; rule ${named(later)} asks it only after an error or timeout (policy.forbid: [${target}] of arb.yaml keeps it out)`;
  }
  return '; no rule uses it';
}

const exact = (p: number) => (p < 1e-4 ? p.toExponential(0) : p.toFixed(4));
