import type { Outcome } from './outcome.ts';

/** Per target what the outcomes so far come to. Sums, so that a mean can be taken at any time. */
export interface TargetScore {
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

/** How the targets stand, while the outcomes come in. */
export class Scoreboard {
  readonly byTarget = new Map<string, TargetScore>();

  add(outcome: Outcome): void {
    const score = this.of(outcome.target);
    score[outcome.status] += 1;
    // A failed request is a wrong answer to whoever asked; a skipped one was never asked.
    const quality = outcome.status === 'failed' ? 0 : outcome.quality;
    if (quality !== undefined) {
      score.judged += 1;
      score.quality += quality;
    }
    if (outcome.cost_usd !== undefined) {
      score.priced += 1;
      score.cost_usd += outcome.cost_usd;
    }
  }

  of(target: string): TargetScore {
    const known = this.byTarget.get(target);
    if (known) return known;
    const fresh = { ok: 0, failed: 0, skipped: 0, judged: 0, quality: 0, priced: 0, cost_usd: 0 };
    this.byTarget.set(target, fresh);
    return fresh;
  }
}
