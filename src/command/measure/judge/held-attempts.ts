import type { Attempt } from '../../../replay/event/attempt.ts';
import type { SettledEvent } from '../../../replay/event/event.ts';

/**
 * Rows of judges' attempts that wait until what they were answered is on file. A kill between the two
 * would leave an attempt that looks settled and a question that is asked again; the other way round the
 * reply is known, and the attempt counts at its reservation.
 */
export class HeldAttempts {
  readonly #write: (row: string) => void;
  readonly #held = new Map<string, string[]>();
  #due: readonly string[] = [];

  constructor(write: (row: string) => void) {
    this.#write = write;
  }

  add({ request_id, target }: Attempt, row: string): void {
    const place = JSON.stringify([request_id, target]);
    const rows = this.#held.get(place);
    if (rows) rows.push(row);
    else this.#held.set(place, [row]);
  }

  /** Its reply, if it has one that can be read, is the next thing that is told. */
  settle({ request_id, target }: SettledEvent): void {
    const place = JSON.stringify([request_id, target]);
    this.#due = this.#held.get(place) ?? [];
    this.#held.delete(place);
  }

  /** Writes the rows of what has settled: call it when the reply is on file, or there is none. */
  release(): void {
    for (const row of this.#due) this.#write(row);
    this.#due = [];
  }

  /** Writes all of them: nothing more will be told. */
  end(): void {
    this.release();
    for (const rows of this.#held.values()) for (const row of rows) this.#write(row);
    this.#held.clear();
  }
}
