import type { MessagePort } from 'node:worker_threads';
import { StorageError } from '../../errors.ts';
import type { Reservation } from '../event/event.ts';

/** What the measuring thread hands to the keeper of its reservations. */
export interface LedgerEntry {
  /** From 1. */
  readonly number: number;
  readonly reservations: readonly Reservation[];
}

/** What the keeper answers. */
export type Receipt =
  /** This entry and all before it are on the disk itself. */
  | { readonly kind: 'kept'; readonly number: number }
  | { readonly kind: 'fault'; readonly message: string };

interface Sent {
  readonly number: number;
  readonly at: number;
  readonly turn: PromiseWithResolvers<void>;
}

/**
 * The ledger as the measuring thread sees it: resolves when the keeper behind `port` has the
 * reservation on disk, rejects where it cannot keep it. All that are made in one turn of the loop go
 * out together; `waited` hears in ms how long they took.
 */
export function createLedgerClient(
  port: MessagePort,
  waited: (wait: number) => void,
): (reservation: Reservation) => Promise<void> {
  let gathered: Reservation[] = [];
  let turn = Promise.withResolvers<void>();
  const unkept: Sent[] = [];
  let number = 0;
  /** Why nothing is kept any more. */
  let fault: StorageError | undefined;
  const send = () => {
    number += 1;
    port.postMessage({ number, reservations: gathered } satisfies LedgerEntry);
    unkept.push({ number, at: performance.now(), turn });
    if (fault) refuse(fault);
    gathered = [];
    turn = Promise.withResolvers();
  };
  const refuse = (error: StorageError) => {
    fault = error;
    for (const { turn } of unkept.splice(0)) turn.reject(error);
  };
  port.on('message', (receipt: Receipt) => {
    if (receipt.kind === 'fault') return refuse(new StorageError(receipt.message));
    while (unkept[0] && unkept[0].number <= receipt.number) {
      const { at, turn } = unkept.shift() as Sent;
      waited(performance.now() - at);
      turn.resolve();
    }
  });
  port.on('close', () => {
    const why = 'the thread that keeps the reservations of the budget ended; go on with --resume';
    refuse(new StorageError(why));
  });
  return (reservation) => {
    if (gathered.length === 0) setImmediate(send);
    gathered.push(reservation);
    return turn.promise;
  };
}
