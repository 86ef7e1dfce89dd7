import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { StorageError } from '../../errors.ts';
import { createLedgerClient } from './ledger.ts';

it('refuses what is reserved after the keeper ended, though nothing was waiting then', async () => {
  const { port1, port2: keeper } = new MessageChannel();
  const reservation = { request_id: 'r', target: 't', pass: 1, attempt: 1, worst_usd: 1 };
  keeper.on('message', ({ number }) => keeper.postMessage({ kind: 'kept', number }));
  const pledge = createLedgerClient(port1, () => undefined);
  await pledge(reservation);
  const closed = once(port1, 'close');
  keeper.close();
  await closed;
  await expect(pledge(reservation)).rejects.toThrow(StorageError);
});
