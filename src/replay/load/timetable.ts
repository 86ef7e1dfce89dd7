import { longestTimer, type Ms, ms } from '../../units.ts';

interface Entry {
  readonly at: Ms;
  readonly act: () => void;
}

/** Calls what was added at its time; times must not decrease. */
export class Timetable {
  #entries: Entry[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `at` is on the clock of `performance.now()`. */
  add(at: Ms, act: () => void): void {
    this.#entries.push({ at, act });
    this.#arm();
  }

  /** Calls all that is left at once and keeps nothing. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const left = this.#entries.splice(0).slice(this.#next);
    this.#next = 0;
    for (const { act } of left) act();
  }

  #arm(): void {
    const first = this.#entries[this.#next];
    if (!first || this.#timer) return;
    // Against the absolute time, so that a timer that fires late delays nothing after it.
    // What is not due when the longest timer rings is waited for again.
    const wait = Math.min(Math.max(0, first.at - now()), longestTimer);
    this.#timer = setTimeout(() => this.#release(), wait);
  }

  #release(): void {
    this.#timer = undefined;
    const time = now();
    let due = this.#entries[this.#next];
    while (due && due.at <= time) {
      this.#next += 1;
      due.act();
      due = this.#entries[this.#next];
    }
    // Cut off what is over, so that each entry is moved at most once.
    if (this.#next > 1_024 && this.#next * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#next);
      this.#next = 0;
    }
    this.#arm();
  }
}

const now = () => ms(performance.now());
