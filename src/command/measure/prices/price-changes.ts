import { listParts, type PriceChange, type PriceList } from '../../../price/price-list.ts';
import type { PriceOverride } from '../../../provider/target/target.ts';
import { formatTable } from '../../../report/text/table.ts';
import type { PriceDiff } from './prices.ts';
import { change, fields, isOther, otherParts, rate } from './prices-lines.ts';

/** A comparison as lines for people. */
export function describePriceDiff({ old, now, changes }: PriceDiff): string[] {
  const name = ({ source, date }: PriceList) =>
    `${source}${date === undefined ? '' : ` (${date})`}`;
  if (changes.length === 0) return [`no price changed from ${name(old)} to ${name(now)}`];
  const columns = [
    { title: 'model or target', align: 'left' as const },
    { title: 'what', align: 'left' as const },
    ...['input', 'output', 'cached', 'cache write'].map((title) => ({ title })),
    { title: 'other parts', align: 'left' as const },
  ];
  return [
    ...formatTable(columns, changes.map(toRow)),
    `USD per million tokens, from ${name(old)} to ${name(now)}`,
  ];
}

function toRow(found: PriceChange): string[] {
  const cells = (price: PriceOverride) => [
    ...fields.map((field) => rate(price[field])),
    otherParts(price),
  ];
  switch (found.kind) {
    case 'added':
      return [found.model, 'new', ...cells(found.after)];
    case 'removed':
      return [found.model, 'gone', ...cells(found.before)];
    case 'changed':
      return [
        found.model,
        'changed',
        ...fields.map((field) => moved(found, field)),
        movedParts(found),
      ];
  }
}

function moved(
  { before, after }: Extract<PriceChange, { kind: 'changed' }>,
  field: (typeof fields)[number],
): string {
  return movement(before[field], after[field]);
}

/** What else changed: `request 0.012 > 0.005 (-58.3 %)`; what is not per token is in USD each. */
function movedParts({ before, after }: Extract<PriceChange, { kind: 'changed' }>): string {
  const [was, is] = [listParts(before), listParts(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])].filter(isOther);
  return names
    .filter((name) => was.get(name) !== is.get(name))
    .map((name) => `${name} ${movement(was.get(name), is.get(name))}`)
    .join(', ');
}

function movement(was: number | undefined, is: number | undefined): string {
  if (was === is) return rate(is);
  if (was === undefined || is === undefined) return `${rate(was) || '-'} > ${rate(is) || '-'}`;
  return `${rate(was)} > ${rate(is)} (${change(was, is)})`;
}
