import { binomialCdf } from './distribution/distributions.ts';

/**
 * Exact one-sided p of "the share of hits is at least `share`" against "it is less": the chance of
 * so few hits if it were `share`. Where it is at most alpha, the share is shown to be below.
 */
export function shareBelowP(hits: number, n: number, share: number): number {
  return n === 0 ? 1 : binomialCdf(Math.floor(hits), n, share);
}

/** Exact one-sided p of "the share of hits is at most `share`" against "it is more". */
export function shareAboveP(hits: number, n: number, share: number): number {
  return n === 0 || hits <= 0 ? 1 : 1 - binomialCdf(Math.ceil(hits) - 1, n, share);
}
