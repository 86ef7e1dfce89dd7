import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMarket } from '../market/market.ts';
import type { AuditRow } from './audit.ts';
import { type RunningMarket, startMarket } from './server.ts';

let running: RunningMarket | undefined;
let rows: AuditRow[] = [];

const closeDown = async () => {
  await running?.close();
  running = undefined;
};
afterEach(closeDown);

interface Seen {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Body chunks as the socket gave them. */
  readonly parts: readonly Buffer[];
  readonly text: string;
  readonly end: 'whole' | 'broken' | 'gave up';
}

/** Asks a provider with these dials once, and gives up after a while. */
async function ask(
  dials: string,
  { stream = true, patience = 3_000, content = 'Grüße, 世界' } = {},
): Promise<Seen> {
  if (!running) {
    rows = [];
    const market = parseMarket(
      `targets: {a: {model: m, price: {input: 1, output: 2}, ttft: 2, gap: 1, output_tokens: {default: 40}, accuracy: {default: 1}, ${dials}}}`,
      'test',
    );
    running = await startMarket({ market, port: 0, onAudit: (row) => rows.push(row) });
  }
  const body = JSON.stringify({
    model: 'm',
    stream,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content }],
  });
  const { port } = running;
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let [status, headers]: [number, Seen['headers']] = [0, {}];
    const done = (end: Seen['end']) => {
      clearTimeout(timer);
      const text = Buffer.concat(parts).toString('utf8');
      resolve({ status, headers, parts, text, end, type: String(headers['content-type'] ?? '') });
      request.destroy();
    };
    const timer = setTimeout(() => done('gave up'), patience);
    const request = httpRequest(
      { host: '127.0.0.1', port, path: '/a/v1/chat/completions', method: 'POST' },
      (response) => {
        [status, headers] = [response.statusCode ?? 0, response.headers];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => done('whole'));
        response.on('error', () => done('broken'));
      },
    );
    request.on('error', () => done('broken'));
    request.end(body);
  });
}

const lastRow = async (): Promise<AuditRow> => {
  await expect.poll(() => rows.length).toBeGreaterThan(0);
  return rows.at(-1) as AuditRow;
};

const failing = (kind: string) => `failures: [{kind: ${kind}}]`;

describe('a provider that fails', () => {
  it.each([
    ['server-error', 503, 'overloaded'],
    ['unauthorized', 401, 'invalid_api_key'],
    ['bad-request', 400, 'invalid_request'],
    ['rate-limited', 429, 'rate_limit_exceeded'],
  ])('by %s answers %d with a JSON error and bills nothing', async (kind, status, code) => {
    const seen = await ask(failing(kind));
    expect(seen.status).toBe(status);
    expect(JSON.parse(seen.text).error.code).toBe(code);
    expect(await lastRow()).toMatchObject({ outcome: 'failed', failure: kind, billed_usd: 0 });
  });

  it('by a 429 says when to come back: in seconds, as a date, or not at all', async () => {
    const seen = await ask(`${failing('rate-limited')}, rate_limit: {retry_after_s: 30}`);
    expect(seen.headers['retry-after']).toBe('30');
    await closeDown();
    const dated = await ask(
      `${failing('rate-limited')}, rate_limit: {retry_after_s: 30, retry_after: date}`,
    );
    const wait = Date.parse(String(dated.headers['retry-after'])) - Date.now();
    expect(wait).toBeGreaterThan(28_000);
    expect(wait).toBeLessThan(32_000);
    await closeDown();
    const silent = await ask(`${failing('rate-limited')}, rate_limit: {retry_after: none}`);
    expect(silent.headers['retry-after']).toBeUndefined();
  });

  it('by HTML answers 200 with a page', async () => {
    const seen = await ask(failing('html'));
    expect([seen.status, seen.type]).toEqual([200, 'text/html']);
    expect(seen.text).toContain('<!doctype html>');
  });

  it('by reset closes the connection without a byte', async () => {
    const seen = await ask(failing('reset'));
    expect([seen.status, seen.end]).toEqual([0, 'broken']);
  });

  it('by hanging sends nothing until the client leaves', async () => {
    const seen = await ask(failing('hang'), { patience: 80 });
    expect([seen.status, seen.end]).toEqual([0, 'gave up']);
    expect(await lastRow()).toMatchObject({ outcome: 'aborted', billed_usd: 0 });
  });

  it('by stalling sends the beginning and then nothing, and bills what it sent', async () => {
    const seen = await ask(failing('stall'), { patience: 120 });
    expect(seen.end).toBe('gave up');
    expect(seen.text).toContain('"content":"');
    expect(seen.text).not.toContain('[DONE]');
    const row = await lastRow();
    expect(row.outcome).toBe('aborted');
    expect(row.output_tokens).toBeGreaterThan(0);
    expect(row.output_tokens).toBeLessThan(40);
  });

  it('by cut-off breaks the connection in the middle of the stream', async () => {
    const seen = await ask(failing('cut-off'));
    expect(seen.end).toBe('broken');
    expect(seen.text).toContain('"content":"');
    expect(seen.text).not.toContain('finish_reason":"stop');
  });

  it('bills nothing for a broken stream where it is dialled so', async () => {
    await ask(`${failing('cut-off')}, bills: completed`);
    expect((await lastRow()).billed_usd).toBe(0);
  });

  it('by no-finish ends in good order, but without a reason', async () => {
    const seen = await ask(failing('no-finish'));
    expect(seen.end).toBe('whole');
    expect(seen.text).not.toMatch(/finish_reason":"|\[DONE\]/);
  });

  it('by error-event sends an error inside a stream that began well', async () => {
    const seen = await ask(failing('error-event'));
    expect([seen.status, seen.end]).toEqual([200, 'whole']);
    expect(seen.text).toMatch(/data: \{"error":\{"message":"The upstream/);
  });

  it('by malformed sends JSON that breaks off', async () => {
    const seen = await ask(failing('malformed'));
    const data = seen.text.trim().split('\n\n').at(-1)?.slice(6) ?? '';
    expect(() => JSON.parse(data)).toThrow(SyntaxError);
  });

  it('by an endless stream goes on until the client leaves', async () => {
    const seen = await ask(failing('endless'), { patience: 200 });
    expect(seen.end).toBe('gave up');
    const row = await lastRow();
    expect(row.outcome).toBe('aborted');
    // 40 tokens dialled, 4 a chunk: 10 chunks would be the whole answer.
    expect(row.chunk_epoch_ms.length).toBeGreaterThan(20);
  });

  it.each([
    ['empty', '"finish_reason":"stop"', 0],
    ['content-filter', '"finish_reason":"content_filter"', 1],
    ['length', '"finish_reason":"length"', 1],
  ])('by %s completes with %s', async (kind, reason, leastChunks) => {
    const seen = await ask(failing(kind));
    expect(seen.text).toContain(reason);
    const row = await lastRow();
    expect(row.chunk_epoch_ms.length >= leastChunks).toBe(true);
    expect(row.right).toBeUndefined();
    if (kind === 'empty') expect(row.output_tokens).toBe(0);
  });

  it('only at the first attempts lets a retry through', async () => {
    const dials = 'failures: [{kind: server-error, attempts: 2}]';
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt++) statuses.push((await ask(dials)).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect((await ask(dials, { content: 'something else' })).status).toBe(503);
  });

  it('breaks an answer that is not streamed too', async () => {
    const seen = await ask(failing('malformed'), { stream: false });
    expect(seen.status).toBe(200);
    expect(() => JSON.parse(seen.text)).toThrow(SyntaxError);
    await closeDown();
    expect((await ask(failing('cut-off'), { stream: false })).end).toBe('broken');
  });
});

describe('a provider with its own habits', () => {
  it('frames events by CRLF and puts comments between them', async () => {
    const seen = await ask('wire: {framing: crlf, comments: true, served_by: DeepInfra}');
    expect(seen.text).toMatch(/^: PROCESSING\r\n\r\ndata: /);
    expect(seen.text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(seen.text).toContain('"provider":"DeepInfra"');
  });

  it('sends usage in the chunk that has the reason to stop', async () => {
    const seen = await ask('wire: {usage: with-choices}');
    const chunks = seen.text.split('\n\n').filter((event) => event.includes('"usage"'));
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toContain('"finish_reason":"stop"');
  });

  it('sends usage with every chunk, or never', async () => {
    const every = await ask('wire: {usage: every-chunk}');
    const contents = every.text.split('\n\n').filter((event) => event.includes('"content":"'));
    expect(contents.slice(1).every((event) => event.includes('"usage"'))).toBe(true);
    await closeDown();
    expect((await ask('wire: {usage: none}')).text).not.toContain('"usage"');
  });

  it('splits lines and characters over writes', async () => {
    const seen = await ask('wire: {split_bytes: 7, served_by: Größe}');
    expect(seen.text).toContain('"provider":"Größe"');
    expect(seen.end).toBe('whole');
    const boundaries = seen.parts.map((part) => part.at(-1) ?? 0);
    expect(boundaries.some((byte) => byte >= 0x80)).toBe(true);
  });

  it('thinks before it answers, in its own field', async () => {
    const seen = await ask('reasoning_tokens: 12, wire: {reasoning_field: reasoning}');
    expect(seen.text.indexOf('"reasoning":"')).toBeGreaterThan(0);
    expect(seen.text.indexOf('"reasoning":"')).toBeLessThan(seen.text.lastIndexOf('"content":"'));
    expect((await lastRow()).reasoning_tokens).toBe(12);
  });
});
