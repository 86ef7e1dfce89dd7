import type { MessagePort } from 'node:worker_threads';
import { StorageError } from '../../errors.ts';
import { nanoToUsd, type Usd, usd, usdToNano } from '../../units.ts';
import type { LedgerEntry, Receipt, Reservation } from '../event/reservation.ts';

export interface LedgerOptions {
  /** How far a lease reaches beyond what is reserved, in USD. */
  readonly ahead: Usd;
  /** Told how long each reservation took, in ms. */
  readonly onWait: (wait: number) => void;
}

interface Waiting {
  /** Of the entry that holds the reservation. */
  readonly number: number;
  /** Sum of all reservations up to it, in nano-dollars. */
  readonly sum: number;
  readonly at: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The ledger as the measuring thread sees it. A reservation may be sent once it is written, so that
 * it survives `kill -9`, and once the lease covers it. Leases are synced to the disk ahead of need: no
 * request waits for the disk unless reservations outrun the disk, and after a crash of the machine
 * at most the rest of the lease is in doubt.
 */
export class LedgerClient {
  readonly #port: MessagePort;
  readonly #options: LedgerOptions;
  readonly #ahead: number;
  /** All in nano-dollars, over the life of this process. */
  #reserved = 0;
  #asked = 0;
  #leased = 0;
  #gathered: Reservation[] = [];
  #waiting: Waiting[] = [];
  #number = 1;
  #written = 0;
  /** Why nothing is kept any more. */
  #fault: StorageError | undefined;

  constructor(port: MessagePort, options: LedgerOptions) {
    this.#port = port;
    this.#options = options;
    this.#ahead = usdToNano(options.ahead);
    port.on('message', (receipt: Receipt) => this.#take(receipt));
    port.on('close', () => {
      const why = 'the thread that keeps the reservations of the budget ended; go on with --resume';
      this.#refuse(new StorageError(why));
    });
  }

  /** Resolves when the attempt may be sent. @throws StorageError where it cannot be kept. */
  reserve(reservation: Reservation): Promise<void> {
    if (this.#fault) return Promise.reject(this.#fault);
    // All that is reserved in one turn of the loop goes out together.
    if (this.#gathered.length === 0) setImmediate(() => this.#send());
    this.#gathered.push(reservation);
    // One more, so that rounding never hides money.
    this.#reserved += usdToNano(usd(reservation.worst_usd)) + 1;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const at = performance.now();
    this.#waiting.push({ number: this.#number, sum: this.#reserved, at, resolve, reject });
    return promise;
  }

  #send(): void {
    const entry: LedgerEntry = { number: this.#number, reservations: this.#gathered };
    this.#number += 1;
    this.#gathered = [];
    // Renewed when half of what was ahead is used, so that the next one is there before it is needed.
    const isLow = this.#reserved > this.#asked - this.#ahead / 2;
    if (isLow) this.#asked = this.#reserved + this.#ahead;
    this.#port.postMessage(isLow ? { ...entry, lease: nanoToUsd(this.#asked) } : entry);
  }

  #take(receipt: Receipt): void {
    switch (receipt.kind) {
      case 'fault':
        this.#refuse(new StorageError(receipt.message));
        return;
      case 'written':
        this.#written = receipt.number;
        break;
      case 'leased':
        this.#leased = usdToNano(receipt.lease);
        break;
    }
    this.#release();
  }

  #release(): void {
    let count = 0;
    for (const each of this.#waiting) {
      if (each.number > this.#written || each.sum > this.#leased) break;
      count += 1;
      this.#options.onWait(performance.now() - each.at);
      each.resolve();
    }
    if (count > 0) this.#waiting.splice(0, count);
  }

  #refuse(error: StorageError): void {
    this.#fault ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#fault);
  }
}
