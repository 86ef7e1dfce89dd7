import {
  catalogueDate,
  type PriceList,
  type PriceOverride,
  type PriceSheet,
  priceIn,
  priceSheet,
  pricesByTarget,
  readPriceList,
  type Target,
} from '../../index.ts';
import type { PricesFlags } from '../commands/prices.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { formatTable, percent } from '../table.ts';

/** One target, what it costs, and what a given list says of it. */
interface Shown {
  readonly target: Target;
  readonly sheet?: PriceSheet;
  readonly listed?: PriceOverride;
}

/** Shows what each target costs, who says so, and as of when. */
export async function showPrices(
  targets: readonly Target[],
  flags: PricesFlags,
  shell: Shell,
): Promise<void> {
  const now = shell.now();
  const list = flags.list === undefined ? undefined : await readPriceList(flags.list, shell.env);
  const shown = targets.map((target): Shown => {
    const sheet = priceSheet(target, now);
    const listed = list && priceIn(list, target);
    return { target, ...(sheet && { sheet }), ...(listed && { listed }) };
  });
  if (flags.json) {
    sayJson(shell.stdout, {
      ...{ kind: 'prices', version: 1, date: now.toISOString().slice(0, 10) },
      catalogue: catalogueDate,
      prices: pricesByTarget(targets, now),
      targets: shown.map(forMachines),
    });
    return;
  }
  for (const line of describe(shown, list)) say(shell.stdout, line);
}

function forMachines({ target, sheet, listed }: Shown): object {
  const { name, provider, model, via, usdPerMonth, feePercent } = target;
  return {
    ...{ target: name, provider, model, via, fee_percent: feePercent },
    usd_per_month: usdPerMonth,
    source: sheet?.source,
    date: sheet?.date,
    long_context_from_tokens: sheet?.longContextFrom,
    context_tokens: sheet?.contextTokens,
    hides: sheet?.hides,
    listed,
  };
}

const left = 'left' as const;

function describe(shown: readonly Shown[], list: PriceList | undefined): string[] {
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
  const rows = shown.map((each) => [...cellsOf(each), ...(list ? listCells(each) : [])]);
  return [
    ...formatTable(columns, rows),
    'USD per million tokens, before the fee',
    `catalogue: @pydantic/genai-prices of ${catalogueDate}`,
    ...(list ? [`list: ${list.source}${list.date === undefined ? '' : ` of ${list.date}`}`] : []),
    ...shown.flatMap(notesOf),
    ...(unknown.length > 0
      ? [`no price known: ${unknown.join(', ')}. Give price: {input, output} in arb.yaml`]
      : []),
  ];
}

function cellsOf({ target, sheet }: Shown): string[] {
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

function listCells({ sheet, listed }: Shown): string[] {
  if (!listed) return ['', '', 'not in it'];
  const price = sheet?.price;
  return [
    rate(listed.input),
    rate(listed.output),
    price ? `${change(price.input, listed.input)} / ${change(price.output, listed.output)}` : '',
  ];
}

function notesOf({ target: { name }, sheet }: Shown): string[] {
  const hidden = sheet?.hides;
  const from = sheet?.longContextFrom;
  return [
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
  return `${after > before ? '+' : ''}${percent(after / before - 1)}`;
}
