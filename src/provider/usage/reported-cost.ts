import { isObject } from '../../workload/json.ts';

/** The cost that a provider reports, in dollars, or the field that cannot be read as one. */
export type ReportedCost =
  | { readonly state: 'none' }
  | { readonly state: 'read'; readonly usd: number }
  | { readonly state: 'unreadable'; readonly field: string };

/**
 * The names under which a usage says what the request cost, with their units in dollars. The first
 * that is there counts.
 * - `cost`: OpenRouter, Vercel's AI Gateway, Requesty; Perplexity, where it is an object
 * - `cost_in_usd_ticks`: xAI, whole ticks of 1e-10 dollars
 * - `estimated_cost`: DeepInfra
 */
const names: Readonly<Record<string, number>> = {
  cost: 1,
  total_cost: 1,
  cost_usd: 1,
  cost_in_usd: 1,
  total_cost_usd: 1,
  estimated_cost: 1,
  cost_in_usd_ticks: 1e-10,
  cost_usd_ticks: 1e-10,
  cost_cents: 0.01,
  cost_in_cents: 0.01,
  total_cost_cents: 0.01,
};

/** The members of a cost object that are its total. */
const totals: Readonly<Record<string, number>> = {
  total_cost: 1,
  total: 1,
  total_usd: 1,
  total_cost_usd: 1,
  usd: 1,
  amount: 1,
  total_cents: 0.01,
  total_cost_cents: 0.01,
};

/** Whether a path of a usage is the reported cost or a part of it. */
export const isCostField = (path: string) => Object.hasOwn(names, path.split('.')[0] ?? '');

/**
 * Reads what a usage reports as its cost. OpenRouter's `cost` is the money it took; where the user's
 * own key paid the provider (`is_byok`), that bill comes on top.
 */
export function readReportedCost(usage: Readonly<Record<string, unknown>>): ReportedCost {
  const found = Object.entries(names).find(([each]) => says(usage[each]));
  if (found === undefined) return { state: 'none' };
  const [name, unit] = found;
  const said = usage[name];
  const read = isObject(said) ? readTotal(said) : toNumber(said);
  if (read === undefined) return { state: 'unreadable', field: name };
  const currency = (isObject(said) ? said.currency : undefined) ?? usage.currency;
  if (typeof currency === 'string' && !/^(?:usd|\$)$/i.test(currency)) {
    return { state: 'unreadable', field: `${name} in ${currency}` };
  }
  if (usage.is_byok !== true) return { state: 'read', usd: read * unit };
  const details = isObject(usage.cost_details) ? usage.cost_details : {};
  const upstream = toNumber(details.upstream_inference_cost);
  if (upstream === undefined) {
    return { state: 'unreadable', field: 'cost_details.upstream_inference_cost' };
  }
  return { state: 'read', usd: upstream + read * unit };
}

/** The total of a cost object; where it has none, nothing says which of its parts are all. */
function readTotal(cost: Readonly<Record<string, unknown>>): number | undefined {
  for (const [name, unit] of Object.entries(totals)) {
    const value = toNumber(cost[name]);
    if (value !== undefined) return value * unit;
  }
  return undefined;
}

const says = (value: unknown) =>
  value !== undefined && value !== null && value !== '' && value !== false;

/** A number that is not negative, or the text of one. */
function toNumber(value: unknown): number | undefined {
  const text = typeof value === 'string' && value.trim() !== '';
  if (typeof value !== 'number' && !text) return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
