import {
  diffPrices,
  loadConfig,
  type PriceChange,
  type PriceList,
  type PriceOverride,
  priceIn,
  pricesByTarget,
  readPriceList,
} from '../../index.ts';
import type { PricesFlags } from '../commands/prices.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { formatTable } from '../table.ts';
import { change, rate } from './show.ts';

/** Shows what changed from one price list to another, by target or model. */
export async function comparePrices(
  before: string,
  after: string | undefined,
  { flags, shell }: { readonly flags: PricesFlags; readonly shell: Shell },
): Promise<void> {
  const given = await readPriceList(before, shell.env);
  const { old, now } =
    after === undefined
      ? againstToday(given, flags, shell)
      : { old: given, now: await readPriceList(after, shell.env) };
  const changes = diffPrices(old, now);
  if (flags.json) {
    sayJson(shell.stdout, { old: headOf(old), new: headOf(now), changes });
    return;
  }
  for (const line of describe(changes, old, now)) say(shell.stdout, line);
}

/** The targets today, and what the list given says of the same. */
function againstToday(given: PriceList, { config }: PricesFlags, shell: Shell) {
  const { file, targets } = loadConfig(config);
  const at = shell.now();
  const prices = new Map(Object.entries(pricesByTarget(targets, at)));
  const now: PriceList = { source: file, date: at.toISOString().slice(0, 10), prices };
  const listed = targets.flatMap((target): [string, PriceOverride][] => {
    const price = priceIn(given, target);
    return price ? [[target.name, price]] : [];
  });
  return { old: { ...given, prices: new Map(listed) }, now };
}

const headOf = ({ source, date, prices }: PriceList) => ({ source, date, models: prices.size });

function describe(changes: readonly PriceChange[], old: PriceList, now: PriceList): string[] {
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
