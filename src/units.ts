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

export const ms = (value: number): Ms => value as Ms;
export const usd = (value: number): Usd => value as Usd;
export const tokens = (value: number): Tokens => value as Tokens;

export const msToMicros = (value: Ms): Micros => Math.round(value * 1_000) as Micros;
export const microsToMs = (value: number): Ms => (value / 1_000) as Ms;
/** To whole microseconds, the resolution of every duration on file. */
export const roundMs = (value: number): Ms => (Math.round(value * 1_000) / 1_000) as Ms;
export const secondsToMs = (value: number): Ms => (value * 1_000) as Ms;
export const usdToNano = (value: Usd): NanoUsd => Math.round(value * 1e9) as NanoUsd;
export const nanoToUsd = (value: number): Usd => (value / 1e9) as Usd;
