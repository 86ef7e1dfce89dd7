import { afterEach, describe, expect, it } from 'vitest';
import { parseMarket } from '../market/market.ts';
import type { AuditRow, SwitchRow } from './audit.ts';
import { type RunningMarket, startMarket } from './server.ts';

const dials =
  'price: {input: 1, output: 1}, ttft: 1, output_tokens: {default: 3}, accuracy: {default: 1}';
const market = `
time_scale: 0.5
targets:
  sonnet: {model: m-sonnet, ${dials}, rate_limit: {rpm: 2}}
  haiku: {model: m-haiku, path: aggregator/api, ${dials}, failures: [{kind: server-error}]}
`;

let running: RunningMarket | undefined;
let rows: (AuditRow | SwitchRow)[] = [];

async function open(): Promise<void> {
  rows = [];
  const add = (row: AuditRow | SwitchRow) => void rows.push(row);
  running = await startMarket({
    ...{ market: parseMarket(market, 'test'), port: 0, onAudit: add, onSwitch: add },
  });
}

afterEach(() => running?.close());

/** The state of the switch, or what is wrong with an order. */
interface Said {
  readonly failing?: Readonly<Record<string, string>>;
  readonly error?: { readonly message: string };
}

async function control(method: string, body?: unknown) {
  const response = await fetch(`${running?.url}/_control/failing`, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, said: (await response.json()) as Said };
}

function ask(path: string, patience = 5_000): Promise<number | 'nothing'> {
  const body = { model: `m-${path === 'sonnet' ? path : 'haiku'}`, messages: [{ content: 'Hi' }] };
  return fetch(`${running?.url}/${path}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  }).then(
    ({ status }) => status,
    () => 'nothing',
  );
}

describe('the switch of a simulated market', () => {
  it('makes the named targets fail until it is changed, and leaves the others as they are', async () => {
    await open();
    expect(await ask('sonnet')).toBe(200);
    await control('PUT', { failing: { sonnet: 'server-error' } });
    expect([await ask('sonnet'), await ask('sonnet'), await ask('sonnet')]).toEqual([
      503, 503, 503,
    ]);
    await control('PUT', { failing: { sonnet: 'rate-limited' } });
    expect(await ask('sonnet')).toBe(429);
    await control('PUT', { failing: { sonnet: 'timeout' } });
    expect(await ask('sonnet', 80)).toBe('nothing');
    await control('PUT', { failing: {} });
    // The limit of two a minute has counted only the two that were not made to fail.
    expect([await ask('sonnet'), await ask('sonnet')]).toEqual([200, 429]);
    expect(await ask('aggregator/api')).toBe(503);
  });

  it('can keep the dialled failures back, so that nothing else fails meanwhile', async () => {
    await open();
    await control('PUT', { failing: { sonnet: 'server-error' }, others: 'healthy' });
    expect([await ask('sonnet'), await ask('aggregator/api')]).toEqual([503, 200]);
    await control('PUT', { failing: {} });
    expect(await ask('aggregator/api')).toBe(503);
  });

  it('says what fails, which targets there are, and how many requests each answered', async () => {
    await open();
    await ask('sonnet');
    await ask('aggregator/api');
    await control('PUT', { failing: { haiku: 'timeout' } });
    expect(await control('GET')).toEqual({
      status: 200,
      said: {
        failing: { haiku: 'timeout' },
        others: 'as-dialled',
        time_scale: 0.5,
        targets: {
          sonnet: { path: 'sonnet', model: 'm-sonnet', requests: 1, completed: 1 },
          haiku: { path: 'aggregator/api', model: 'm-haiku', requests: 1, completed: 0 },
        },
      },
    });
  });

  it('shows in the audit: when it was set, and which requests failed for it', async () => {
    await open();
    await control('PUT', { failing: { sonnet: 'server-error' } });
    await ask('sonnet');
    await ask('aggregator/api');
    expect(rows).toMatchObject([
      { kind: 'failing', failing: { sonnet: 'server-error' }, others: 'as-dialled' },
      {
        ...{ target: 'sonnet', outcome: 'failed', failure: 'server-error', http_status: 503 },
        ...{ switched: true, attempt: 0, billed_usd: 0 },
      },
      { target: 'haiku', failure: 'server-error', attempt: 1 },
    ]);
    expect(rows[2]).not.toHaveProperty('switched');
  });

  it.each([
    ['PUT', { failing: { sonet: 'timeout' } }, 400, /no target "sonet"\. Did you mean "sonnet"\?/],
    ['PUT', { failing: { zzz: 'timeout' } }, 400, /Its targets: sonnet, haiku\./],
    ['PUT', { failing: { sonnet: 'broken' } }, 400, /failing\.sonnet.*server-error/],
    ['PUT', { failng: {} }, 400, /did you mean "failing"\?/],
    ['PUT', 'oops', 400, /not JSON\. Send e\.g\. \{"failing": \{"sonnet": "server-error"\}\}/],
    ['POST', { failing: {} }, 405, /GET says what fails now, PUT changes it/],
  ])(
    'refuses %s %j with %d and the next step, and changes nothing',
    async (method, body, status, message) => {
      await open();
      await control('PUT', { failing: { haiku: 'timeout' } });
      const refused = await control(method, body);
      expect(refused.status).toBe(status);
      expect(refused.said.error?.message).toMatch(message);
      expect((await control('GET')).said.failing).toEqual({ haiku: 'timeout' });
    },
  );
});
