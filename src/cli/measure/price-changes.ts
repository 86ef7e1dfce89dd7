import type { PriceChange, PriceDiff, PriceList, PriceOverride } from '../../index.ts';
import { formatTable } from '../terminal/table.ts';
import { change, rate } from './prices-lines.ts';

/** A comparison for machines. */
export function toPriceDiffFile({ old, now, changes }: PriceDiff): object {
  return { old: headOf(old), new: headOf(now), changes };
}

const headOf = ({ source, date, prices }: PriceList) => ({ source, date, models: prices.size });

/** A comparison as lines for people. */
export function describePriceDiff({ old, now, changes }: PriceDiff): string[] {
  const name = ({ source, date }: PriceList) =>
    `${source}${date === undefined ? '' : ` (${date})`}`;
  if (changes.length === 0) return [`no price changed from ${name(old)} to ${name(now)}`];
  const columns = [
    { title: 'model or target', align: 'left' as const },
    { title: 'what', align: 'left' as const },
    ...['input', 'output', 'cached', 'cache write'].map((title) => ({ title })),
  ];
  return [
    ...formatTable(columns, changes.map(rowOf)),
    `USD per million tokens, from ${name(old)} to ${name(now)}`,
  ];
}

const fields = ['input', 'output', 'cached_input', 'cache_write'] as const;

function rowOf(found: PriceChange): string[] {
  const cells = (price: PriceOverride) => fields.map((field) => rate(price[field]));
  switch (found.kind) {
    case 'added':
      return [found.model, 'new', ...cells(found.after)];
    case 'removed':
      return [found.model, 'gone', ...cells(found.before)];
    case 'changed':
      return [found.model, 'changed', ...fields.map((field) => moved(found, field))];
  }
}

function moved(
  { before, after }: Extract<PriceChange, { kind: 'changed' }>,
  field: (typeof fields)[number],
): string {
  const [was, is] = [before[field], after[field]];
  if (was === is) return rate(is);
  if (was === undefined || is === undefined) return `${rate(was) || '-'} > ${rate(is) || '-'}`;
  return `${rate(was)} > ${rate(is)} (${change(was, is)})`;
}
