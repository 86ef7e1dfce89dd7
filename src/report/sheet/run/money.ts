import { lookUp } from '../../../record.ts';
import { formatMs, formatPercent, formatUsd } from '../../../units.ts';
import type { ReportData } from '../../data/report-data.ts';
import { routeNotes, routeSheets } from '../../text/arbitrage.ts';
import { billLines } from '../../text/run.ts';
import type { Sheet } from '../../text/table.ts';
import { toColumns } from '../sheet.ts';
import type { ReportPart } from './part.ts';

type Targets = ReportData['summary']['targets'];

/** The same model by several routes. */
export function routesPart({ arbitrage }: ReportData): ReportPart | undefined {
  if (!arbitrage || arbitrage.models.length === 0) return undefined;
  return {
    id: 'routes',
    title: 'The same model by several routes',
    lines: routeNotes(arbitrage),
    sheets: arbitrage.models.flatMap(routeSheets),
  };
}

/** What failed, waited and was tried again, and what that cost. */
export const failuresPart = ({ summary: { targets } }: ReportData): ReportPart => ({
  id: 'failures',
  title: 'Failures, waits and retries',
  lines: [],
  sheets: [failuresSheet(targets), waitsSheet(targets)],
});

function failuresSheet(targets: Targets): Sheet {
  const reasons = [...new Set(targets.flatMap(({ failures }) => Object.keys(failures)))].sort();
  return {
    title: 'Failures and retries',
    columns: toColumns(
      '<target',
      'requests',
      'failed',
      'attempts',
      'retries',
      'cost of retries',
      'cost of failures',
      ...reasons,
    ),
    rows: targets.map(({ target, requests, failed, attempts, retries, cost, failures }) => [
      target,
      String(requests),
      formatPercent(requests > 0 ? failed / requests : 0),
      String(attempts),
      String(retries),
      formatUsd(cost.retries_usd),
      formatUsd(cost.failed_usd),
      ...reasons.map((reason) => String(lookUp(failures, reason) ?? 0)),
    ]),
  };
}

const waits = {
  queue_ms: 'for a place',
  limit_ms: 'for a limit or money',
  backoff_ms: 'before a retry',
  lag_ms: "arb's own lateness",
} as const;
type Wait = keyof typeof waits;
const waitNames = Object.keys(waits) as readonly Wait[];

/** Waits of attempts, by their cause; a percentile only where the sample carries it. */
function waitsSheet(targets: Targets): Sheet {
  const time = (of: Targets[number], name: Wait, percent: 'p50' | 'p99') => {
    const found = of.waits[name]?.[percent];
    return formatMs(found?.supported ? found.value : undefined);
  };
  return {
    title: 'Waits before an attempt, half of them and 99 % within',
    columns: toColumns('<target', ...waitNames.map((name) => waits[name])),
    rows: targets.map((target) => [
      target.target,
      ...waitNames.map((name) => {
        const half = time(target, name, 'p50');
        return [half, time(target, name, 'p99')].filter((each) => each !== '').join(', ');
      }),
    ]),
  };
}

/** Prices with their date, and what of the bills is not known. */
export function pricesPart({ manifest: { prices }, summary: { targets } }: ReportData): ReportPart {
  return {
    id: 'prices',
    title: 'Prices and bills',
    lines: targets.flatMap(billLines).map((line) => line.trim()),
    sheets: [
      {
        title: `USD per million tokens, catalogue of ${prices.catalogue}`,
        columns: toColumns(
          '<target',
          'input',
          'output',
          'cached input',
          'cache write',
          '<source',
          'per completed request',
        ),
        rows: targets.map(({ target, cost }) => {
          const price = lookUp(prices.by_target ?? {}, target);
          return [
            target,
            formatUsd(price?.input),
            formatUsd(price?.output),
            formatUsd(price?.cached_input),
            formatUsd(price?.cache_write),
            prices.overridden.includes(target) ? 'arb.yaml' : 'catalogue',
            formatUsd(cost.per_completed_usd),
          ];
        }),
      },
    ],
  };
}
