import type { AchievedLoad } from '../event/event.ts';

/** Requests in flight at one target over time: how much of the asked load was really there. */
export class InFlightMeter {
  readonly #asked: number;
  #now = 0;
  #max = 0;
  #since = 0;
  /** Requests x ms since the load was full. */
  #area = 0;
  #startedAt: number | undefined;
  #endedAt: number | undefined;

  constructor(asked: number) {
    this.#asked = asked;
  }

  /** One more or one less, at `at` ms. */
  change(by: 1 | -1, at: number): void {
    this.#advance(at);
    this.#now += by;
    this.#max = Math.max(this.#max, this.#now);
  }

  /** Every place is open: the mean counts from here. */
  open(at: number): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = at;
    this.#since = at;
  }

  /** Nothing is left to fill a place with: the mean counts up to the first of these. */
  close(at: number): void {
    if (this.#endedAt !== undefined || this.#startedAt === undefined) return;
    this.#advance(at);
    this.#endedAt = at;
  }

  /** `mean` and the time it is over, in ms, are absent where the load was never full. */
  read(at: number): AchievedLoad {
    this.#advance(at);
    const over = (this.#endedAt ?? at) - (this.#startedAt ?? at);
    const known = over > 0 && { mean: this.#area / over, over_ms: over };
    return { asked: this.#asked, max: this.#max, ...known };
  }

  #advance(at: number): void {
    if (this.#startedAt === undefined || this.#endedAt !== undefined) return;
    this.#area += this.#now * (at - this.#since);
    this.#since = at;
  }
}
