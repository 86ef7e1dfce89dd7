import type { Outcome } from './outcome.ts';

/** Per target what the outcomes so far come to. Sums, so that a mean can be taken at any time. */
export interface Tally {
  ok: number;
  failed: number;
  skipped: number;
  /** Rows with a quality; a failed row counts here with quality 0. */
  judged: number;
  quality: number;
  /** Rows whose cost is known. */
  priced: number;
  cost_usd: number;
}

/** A running tally by target. */
export class Tallies {
  readonly byTarget = new Map<string, Tally>();

  add(outcome: Outcome): void {
    const tally = this.of(outcome.target);
    tally[outcome.status] += 1;
    // A failed request is a wrong answer to whoever asked; a skipped one was never asked.
    const quality = outcome.status === 'failed' ? 0 : outcome.quality;
    if (quality !== undefined) {
      tally.judged += 1;
      tally.quality += quality;
    }
    if (outcome.cost_usd !== undefined) {
      tally.priced += 1;
      tally.cost_usd += outcome.cost_usd;
    }
  }

  of(target: string): Tally {
    const known = this.byTarget.get(target);
    if (known) return known;
    const fresh = { ok: 0, failed: 0, skipped: 0, judged: 0, quality: 0, priced: 0, cost_usd: 0 };
    this.byTarget.set(target, fresh);
    return fresh;
  }
}
