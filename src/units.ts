/**
 * Branded numbers: a value of one unit cannot be passed where another is wanted. Arithmetic on a
 * brand gives a plain number, so every result is named again by one of the functions below, which
 * are the only conversions in arb.
 */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** Milliseconds: a duration, or an instant on the monotonic clock of one run. */
export type Ms = Unit<'ms'>;
/** Whole microseconds, the unit of the HDR histograms (which floor what they are given). */
export type Micros = Unit<'us'>;
/** US dollars. */
export type Usd = Unit<'usd'>;
/** Whole billionths of a dollar: exact sums, and exact ties, in the optimiser. */
export type NanoUsd = Unit<'nano-usd'>;
/** Tokens; whose count it is, is said by the name of the field. */
export type Tokens = Unit<'tokens'>;

/** Names a number as milliseconds. */
export const ms = (value: number): Ms => value as Ms;
export const usd = (value: number): Usd => value as Usd;
export const tokens = (value: number): Tokens => value as Tokens;

/** What `setTimeout` can wait, 24.8 days: a longer time rings after 1 ms. */
export const longestTimer = 2 ** 31 - 1;

export const msToMicros = (value: Ms): Micros => Math.round(value * 1_000) as Micros;
export const microsToMs = (value: number): Ms => (value / 1_000) as Ms;
/** To whole microseconds, the resolution of every duration on file. */
export const roundMs = (value: number): Ms => (Math.round(value * 1_000) / 1_000) as Ms;
export const secondsToMs = (value: number): Ms => (value * 1_000) as Ms;
export const usdToNano = (value: Usd): NanoUsd => Math.round(value * 1e9) as NanoUsd;
export const nanoToUsd = (value: number): Usd => (value / 1e9) as Usd;

/** Dollars with four significant digits, so that a request and a run read alike; unknown is ''. */
export function formatUsd(value: number | undefined): string {
  if (value === undefined) return '';
  if (value === 0) return '$0';
  if (value < 0) return `-${formatUsd(-value)}`;
  if (value >= 100) return `$${formatCount(value)}`;
  if (value >= 1) return `$${value.toFixed(2)}`;
  const digits = Math.min(9, 3 - Math.floor(Math.log10(value)));
  return `$${value.toFixed(digits)}`;
}

/** A whole number with a comma between its thousands. */
export function formatCount(value: number): string {
  return value.toFixed(0).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A share of 1 as a percentage with one digit; unknown is ''. */
export function formatPercent(share: number | undefined): string {
  return share === undefined ? '' : `${(100 * share).toFixed(1).replace(/^-0\.0$/, '0.0')} %`;
}

/** A change of a share or a quality in points of 100, with its sign: `+1.2`. */
export function formatPoints(change: number): string {
  const points = (100 * change).toFixed(1);
  // A change that rounds to nothing has no sign.
  if (Number(points) === 0) return '0.0';
  return change > 0 ? `+${points}` : points;
}

/** Milliseconds in the unit a person would say; unknown is ''. */
export function formatMs(value: number | undefined): string {
  if (value === undefined) return '';
  if (value < 1_000) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  if (value < 60_000) return `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(value / 60_000)} min ${Math.round((value % 60_000) / 1_000)} s`;
}
