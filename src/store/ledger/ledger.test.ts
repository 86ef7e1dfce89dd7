import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeTarget, requestsNamed } from '../../replay/attempt/fake.test.helper.ts';
import type { ReplayEvent } from '../../replay/event/event.ts';
import { LedgerClient } from '../../replay/limit/ledger.ts';
import { planReplay } from '../../replay/load/plan.ts';
import { startReplay } from '../../replay/replay.ts';
import { usd } from '../../units.ts';
import { readSpending } from '../spent.ts';
import { openLedger } from './ledger.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'arb-ledger-'));

/** The rows of a ledger whose process did not end by itself. */
async function ledgerLines(reservations: number): Promise<string[]> {
  const dir = folder();
  const ledger = openLedger(dir, '0.1.0');
  const client = new LedgerClient(ledger.port, { ahead: usd(0.2), onWait: () => undefined });
  for (let number = 0; number < reservations; number++) {
    const names = { request_id: `r-${number}`, target: 't', pass: 1, attempt: 1 };
    await client.reserve({ ...names, worst_usd: 0.05 });
  }
  await ledger.close();
  const lines = readFileSync(join(dir, 'reservations.jsonl'), 'utf8').trim().split('\n');
  return lines.filter((line) => !line.includes('"closed"'));
}

async function spendingOf(lines: readonly string[]) {
  const dir = folder();
  writeFileSync(join(dir, 'reservations.jsonl'), `${lines.join('\n')}\n`);
  const { spent, lost } = await readSpending(dir);
  return (spent.t ?? 0) + lost;
}

it('counts nothing beyond what is on file where the process was killed and the machine lives', async () => {
  expect(await spendingOf(await ledgerLines(20))).toBeCloseTo(1, 6);
});

it('never counts less than was sent, wherever a crash of the machine cuts the unsynced tail off', async () => {
  const lines = await ledgerLines(20);
  const elsewhere = lines.map((line) => line.replace(/"boot":"[^"]*"/, '"boot":"earlier"'));
  const lastLease = elsewhere.findLastIndex((line) => line.includes('"lease"'));
  for (let kept = lastLease + 1; kept <= elsewhere.length; kept++) {
    const counted = await spendingOf(elsewhere.slice(0, kept));
    expect(counted).toBeGreaterThanOrEqual(1 - 1e-6);
    // No more than the lease reaches ahead.
    expect(counted).toBeLessThanOrEqual(1.2 + 1e-6);
  }
});

it('keeps a closed load valid on a disk whose sync takes 300 ms', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ledger = openLedger(folder(), '0.1.0', { syncDelay: 300 });
  const plan = planReplay({
    targets: [
      fakeTarget('a', {
        baseUrl: `http://127.0.0.1:${port}/v1`,
        price: { input: 1, output: 1 },
      }),
    ],
    budget: { run: usd(1) },
  });
  const events: ReplayEvent[] = [];
  const requests = async function* () {
    yield requestsNamed(60);
  };
  for await (const event of startReplay(plan, requests, { ledger: ledger.port })) {
    events.push(event);
  }
  await ledger.close();
  server.close();
  const last = events.at(-1);
  expect(last).toMatchObject({ kind: 'finished', why: 'done', faults: [] });
  expect(last?.kind === 'finished' && last.self.ledger_wait_p99_ms).toBeGreaterThan(100);
});
