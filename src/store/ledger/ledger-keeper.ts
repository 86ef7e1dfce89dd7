import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { LedgerEntry, Receipt } from '../../replay/event/reservation.ts';
import type { Usd } from '../../units.ts';
import { Journal } from '../file/journal.ts';
import type { LedgerRow } from './ledger-row.ts';

/** What the thread starts with. */
export interface KeeperData {
  readonly file: string;
  readonly header: object;
  /** Identifies the running system; it changes with every boot. */
  readonly boot: string;
  /** Added to each sync in ms: a slow disk, for tests. */
  readonly syncDelay: number;
  /** Where entries come from. */
  readonly port: MessagePort;
}

/** Writes each entry before it is acknowledged, and syncs leases beside it. */
class Keeper {
  readonly #journal: Journal;
  readonly #data: KeeperData;
  /** The newest lease that is written and not synced. */
  #unsynced: Usd | undefined;
  #isSyncing = false;

  constructor(data: KeeperData) {
    this.#data = data;
    this.#journal = Journal.open(data.file, data.header);
    this.#write({ kind: 'session', boot: data.boot });
  }

  take({ number, reservations, lease }: LedgerEntry): void {
    try {
      // Before the reservations that need it: what survives of the file is a beginning of it.
      if (lease !== undefined) this.#write({ kind: 'lease', lease_usd: lease });
      for (const reservation of reservations) this.#journal.add(reservation);
      this.#journal.flush();
      this.#answer({ kind: 'written', number });
    } catch (error) {
      this.#answer({ kind: 'fault', message: (error as Error).message });
      return;
    }
    if (lease === undefined) return;
    this.#unsynced = lease;
    this.#sync();
  }

  close(): void {
    this.#write({ kind: 'closed' });
    this.#journal.close();
    this.#data.port.close();
  }

  /** In the background: what is only written does not wait for it. */
  #sync(): void {
    if (this.#isSyncing || this.#unsynced === undefined) return;
    const lease = this.#unsynced;
    this.#unsynced = undefined;
    this.#isSyncing = true;
    const finish = (error?: Error) => {
      this.#isSyncing = false;
      if (error) this.#answer({ kind: 'fault', message: error.message });
      else this.#answer({ kind: 'leased', lease });
      this.#sync();
    };
    const sync = () => this.#journal.syncLater(finish);
    if (this.#data.syncDelay > 0) setTimeout(sync, this.#data.syncDelay);
    else sync();
  }

  #write(row: LedgerRow): void {
    this.#journal.add(row);
  }

  #answer(receipt: Receipt): void {
    this.#data.port.postMessage(receipt);
  }
}

if (parentPort) {
  const data = workerData as KeeperData;
  const keeper = new Keeper(data);
  data.port.on('message', (entry: LedgerEntry) => keeper.take(entry));
  parentPort.once('message', () => keeper.close());
}
