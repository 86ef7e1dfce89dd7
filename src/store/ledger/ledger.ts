import { once } from 'node:events';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { StorageError } from '../../errors.ts';
import { threadEntry } from '../../replay/thread/thread-entry.ts';
import { readBootId } from '../file/boot-id.ts';
import type { KeeperData } from './ledger-keeper.ts';

/** The reservations of a run, kept by a thread of their own: no screen and no other file is in its way. */
export interface Ledger {
  /** Takes a `LedgerEntry` and answers with a `Receipt`. */
  readonly port: MessagePort;
  /** Resolves when the file is closed. @throws StorageError */
  close(): Promise<void>;
}

export interface LedgerFileOptions {
  /**
   * Added to each sync, in ms: a slow disk, for tests.
   * @default 0
   */
  readonly syncDelay?: number;
}

/** Opens the reservations of the run directory `dir`, new or to go on with. */
export function openLedger(dir: string, arb: string, options: LedgerFileOptions = {}): Ledger {
  const { port1: port, port2: kept } = new MessageChannel();
  const file = join(dir, 'reservations.jsonl');
  const header = { kind: 'reservations', version: 1, arb };
  const keeper = new Worker(threadEntry(import.meta.url, 'ledger-keeper'), {
    workerData: {
      file,
      header,
      boot: readBootId(),
      syncDelay: options.syncDelay ?? 0,
      port: kept,
    } satisfies KeeperData,
    transferList: [kept],
    execArgv: [],
  });
  const ended = once(keeper, 'exit');
  // An early end is told by the port; what it was is thrown by `close`.
  ended.catch(() => undefined);
  return {
    port,
    async close() {
      keeper.postMessage('close');
      try {
        await ended;
      } catch (error) {
        throw new StorageError((error as Error).message, { cause: error });
      }
    },
  };
}
