import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { StorageError } from '../../errors.ts';
import { usd } from '../../units.ts';
import type { LedgerEntry, Receipt } from '../event/reservation.ts';
import { LedgerClient } from './ledger.ts';

const reservation = { request_id: 'r', target: 't', pass: 1, attempt: 1, worst_usd: 1 };
const options = { ahead: usd(10), onWait: () => undefined };

it('refuses what is reserved after the keeper ended, though nothing was waiting then', async () => {
  const { port1, port2: keeper } = new MessageChannel();
  keeper.on('message', ({ number, lease }: LedgerEntry) => {
    if (lease !== undefined) keeper.postMessage({ kind: 'leased', lease } satisfies Receipt);
    keeper.postMessage({ kind: 'written', number } satisfies Receipt);
  });
  const client = new LedgerClient(port1, options);
  await client.reserve(reservation);
  const closed = once(port1, 'close');
  keeper.close();
  await closed;
  await expect(client.reserve(reservation)).rejects.toThrow(StorageError);
});

it('waits for the disk only where reservations outrun the lease, which reaches the given sum ahead', async () => {
  const { port1, port2: keeper } = new MessageChannel();
  const leases: number[] = [];
  let sync = () => {};
  keeper.on('message', ({ number, lease }: LedgerEntry) => {
    if (lease !== undefined) {
      leases.push(lease);
      sync = () => keeper.postMessage({ kind: 'leased', lease } satisfies Receipt);
      if (leases.length === 1) sync();
    }
    keeper.postMessage({ kind: 'written', number } satisfies Receipt);
  });
  const client = new LedgerClient(port1, options);
  // The first lease covers 1 + 10; the disk takes its time for every later one.
  for (let sent = 0; sent < 10; sent++) await client.reserve(reservation);
  expect(leases.map(Math.round)).toEqual([11, 16]);
  let late = true;
  const next = client.reserve(reservation).then(() => {
    late = false;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(late).toBe(true);
  sync();
  await next;
  keeper.close();
});
