/** Lets at most `capacity` holders in at once, in the order in which they asked. */
export class Semaphore {
  #capacity: number;
  #held = 0;
  #waiting: (() => void)[] = [];
  /** Of the oldest waiter. */
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** May change at any time; where it falls, holders keep their permits until they release them. */
  get capacity(): number {
    return this.#capacity;
  }

  set capacity(count: number) {
    this.#capacity = count;
    while (this.#held < count && this.waiting > 0) {
      this.#held += 1;
      this.#admit();
    }
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#waiting.length - this.#next;
  }

  /** Nothing where a permit was free and is taken; else a promise of one. */
  acquire(): Promise<void> | undefined {
    if (this.#held < this.#capacity) {
      this.#held += 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    // The permit goes straight to the oldest waiter, so that a newcomer cannot overtake it.
    if (this.waiting > 0 && this.#held <= this.#capacity) this.#admit();
    else this.#held -= 1;
  }

  #admit(): void {
    this.#waiting[this.#next]?.();
    this.#next += 1;
    // Cut off the admitted half, so that each entry is moved at most once.
    if (this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }
}
