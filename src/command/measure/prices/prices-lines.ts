import { listParts } from '../../../price/price-list.ts';
import type { PriceOverride } from '../../../provider/target/target.ts';
import { formatTable } from '../../../report/text/table.ts';
import { formatPercent } from '../../../units.ts';
import type { PricedTarget, Prices } from './prices.ts';

const left = 'left' as const;

/** Prices as lines for people. */
export function describePrices({ targets: shown, list, catalogue }: Prices): string[] {
  const columns = [
    ...[
      { title: 'target', align: left },
      { title: 'model', align: left },
    ],
    ...[{ title: 'input' }, { title: 'output' }, { title: 'cached' }, { title: 'cache write' }],
    ...[{ title: 'says', align: left }, { title: 'fee' }, { title: '$/month' }],
    ...(list
      ? [{ title: 'list input' }, { title: 'list output' }, { title: 'change in/out' }]
      : []),
  ];
  const unknown = shown.filter(({ sheet }) => !sheet).map(({ target }) => target.name);
  const rows = shown.map((each) => [...toCells(each), ...(list ? listCells(each) : [])]);
  return [
    ...formatTable(columns, rows),
    'USD per million tokens, before the fee',
    `catalogue: @pydantic/genai-prices of ${catalogue}`,
    ...(list ? [`list: ${list.source}${list.date === undefined ? '' : ` of ${list.date}`}`] : []),
    ...shown.flatMap(toNotes),
    ...(unknown.length > 0
      ? [`no price known: ${unknown.join(', ')}. Give price: {input, output} in arb.yaml`]
      : []),
    ...(list
      ? [`next: arb recommend RUN --prices ${list.source}`]
      : ['arb inspect prices your traffic by these', 'next: arb inspect WORKLOAD']),
  ];
}

function toCells({ target, sheet }: PricedTarget): string[] {
  const { price } = sheet ?? {};
  return [
    target.name,
    target.model,
    ...[price?.input, price?.output, price?.cached_input, price?.cache_write].map(rate),
    sheet === undefined ? '' : sheet.source === 'override' ? 'arb.yaml' : 'catalogue',
    target.feePercent === 0 ? '' : `${target.feePercent} %`,
    target.usdPerMonth === undefined ? '' : String(target.usdPerMonth),
  ];
}

function listCells({ sheet, listed }: PricedTarget): string[] {
  if (!listed) return ['', '', 'not in it'];
  const price = sheet?.price;
  return [
    rate(listed.input),
    rate(listed.output),
    price ? `${change(price.input, listed.input)} / ${change(price.output, listed.output)}` : '',
  ];
}

function toNotes({ target: { name }, sheet }: PricedTarget): string[] {
  const hidden = sheet?.hides;
  const from = sheet?.longContextFrom;
  const other = sheet && otherParts(sheet.price);
  return [
    ...(other ? [`${name}: also ${other} (request and searches in USD each)`] : []),
    ...(hidden
      ? [
          `${name}: arb.yaml hides the catalogue's ${rate(hidden.input)} in, ${rate(hidden.output)} out`,
        ]
      : []),
    ...(from === undefined ? [] : [`${name}: from ${from} input tokens on it costs more`]),
  ];
}

/** A price as it is written: 0.075, 3, 15. */
export function rate(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

/** The change of a price as a percentage with its sign. */
export function change(before: number, after: number): string {
  if (before === after) return '0 %';
  if (before === 0) return 'from 0';
  return `${after > before ? '+' : ''}${formatPercent(after / before - 1)}`;
}

/** The parts of a price that have a column of their own. */
export const fields = ['input', 'output', 'cached_input', 'cache_write'] as const;

export const isOther = (name: string) => !(fields as readonly string[]).includes(name);

/** The parts of a price that have no column of their own: `request 0.005, input_audio 1`. */
export function otherParts(price: PriceOverride): string {
  return [...listParts(price)]
    .filter(([name]) => isOther(name))
    .map(([name, value]) => `${name} ${rate(value)}`)
    .join(', ');
}
