import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { LedgerEntry, Receipt } from '../replay/limit/ledger.ts';
import { Journal } from './journal.ts';

/** What the thread starts with. */
export interface KeeperData {
  readonly file: string;
  readonly header: object;
  /** Where entries come from. */
  readonly port: MessagePort;
}

/** Writes what comes through the port; all that came together is one wait for the disk. */
function keep({ file, header, port }: KeeperData): void {
  const journal = Journal.open(file, header);
  const answer = (receipt: Receipt) => port.postMessage(receipt);
  let last = 0;
  let syncing: NodeJS.Immediate | undefined;
  const sync = () => {
    syncing = undefined;
    try {
      journal.sync();
      answer({ kind: 'kept', number: last });
    } catch (error) {
      answer({ kind: 'fault', message: (error as Error).message });
    }
  };
  port.on('message', ({ number, reservations }: LedgerEntry) => {
    last = number;
    for (const reservation of reservations) journal.add(reservation);
    syncing ??= setImmediate(sync);
  });
  parentPort?.once('message', () => {
    clearImmediate(syncing);
    journal.close();
    port.close();
  });
}

if (parentPort) keep(workerData as KeeperData);
