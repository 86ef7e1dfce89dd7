import { lookUp } from '../../../record.ts';
import { formatPercent, formatUsd } from '../../../units.ts';
import { describeArbitrage } from '../../text/arbitrage.ts';
import { type HtmlPart, preformatted, section, table } from '../kit/element.ts';
import type { ReportData } from '../kit/report-data.ts';

/** The same model by several routes. */
export function routesSection({ arbitrage }: ReportData): HtmlPart {
  if (!arbitrage || arbitrage.models.length === 0) return null;
  const texts = describeArbitrage(arbitrage);
  return section('routes', 'The same model by several routes', preformatted('Routes', texts));
}

/** What failed, waited and was tried again, and what that cost. */
export function failuresSection({ summary: { targets } }: ReportData): HtmlPart {
  const reasons = [...new Set(targets.flatMap(({ failures }) => Object.keys(failures)))].sort();
  return section(
    'failures',
    'Failures, waits and retries',
    table(
      'By target',
      [
        'target',
        'requests',
        'failed',
        'attempts',
        'retries',
        'cost of retries',
        'cost of failures',
        ...reasons,
      ],
      targets.map((target) => [
        target.target,
        String(target.requests),
        formatPercent(target.requests > 0 ? target.failed / target.requests : 0),
        String(target.attempts),
        String(target.retries),
        formatUsd(target.cost.retries_usd),
        formatUsd(target.cost.failed_usd),
        ...reasons.map((reason) =>
          String(target.failures[reason as keyof typeof target.failures] ?? 0),
        ),
      ]),
    ),
  );
}

/** Prices with their date, and what of the bills is not known. */
export function pricesSection({
  manifest: { prices },
  summary: { targets },
}: ReportData): HtmlPart {
  const unknown = targets.flatMap(({ target, cost }) =>
    Object.entries(cost.unknown_fields ?? {}).map(
      ([field, n]) => `${target}: ${n} attempts by ${field}`,
    ),
  );
  return section(
    'prices',
    'Prices and bills',
    table(
      `USD per million tokens, catalogue of ${prices.catalogue}`,
      [
        'target',
        'input',
        'output',
        'cached input',
        'cache write',
        'source',
        'per completed request',
      ],
      targets.map(({ target, cost }) => {
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
    ),
    unknown.length > 0
      ? preformatted('Costs that are not known', ['Not known:', ...unknown])
      : null,
  );
}
