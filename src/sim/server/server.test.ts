import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMarket } from '../market/market.ts';
import type { AuditRow } from './audit.ts';
import { type RunningMarket, startMarket } from './server.ts';

const target = `price: {input: 1, output: 4, cached_input: 0.25}
    ttft: {p50_ms: 4, p99_ms: 12}
    gap: 1
    output_tokens: {default: {p50: 24, p99: 60}}
    accuracy: {default: 0.7}`;

const twoTargets = `
seed: 5
targets:
  small:
    model: m-small
    ${target}
    report_cost: true
    cached_share: 0.5
    reasoning_tokens: 8
  large:
    model: m-large
    path: aggregator/api
    fee_percent: 10
    ${target}
    failures: [{kind: cut-off, rate: 0.2}, {kind: server-error, rate: 0.1}]
`;

let running: RunningMarket | undefined;
let folder: string | undefined;
let rows: AuditRow[] = [];

async function open(text: string, workload?: readonly object[]): Promise<RunningMarket> {
  rows = [];
  const path = workload && (await written(workload));
  running = await startMarket({
    market: parseMarket(text, 'test'),
    port: 0,
    onAudit: (row) => rows.push(row),
    ...(path === undefined ? {} : { workload: path }),
  });
  return running;
}

async function written(lines: readonly object[]): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), 'arb-sim-'));
  const path = join(folder, 'workload.jsonl');
  await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  return path;
}

afterEach(async () => {
  await running?.close();
  if (folder) await rm(folder, { recursive: true });
  running = undefined;
  folder = undefined;
});

interface Asked {
  readonly path: string;
  readonly content: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

function ask({ path, content, body, headers }: Asked): Promise<Response> {
  const messages = [{ role: 'user', content }];
  const model = path === 'small' ? 'm-small' : 'm-large';
  return fetch(`${running?.url}/${path}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages, stream: true, ...body }),
  });
}

/** The text, or what broke it. */
async function textOf(answer: Promise<Response>): Promise<string> {
  try {
    return await (await answer).text();
  } catch (error) {
    return `broken: ${error}`;
  }
}

const settled = (count: number) => expect.poll(() => rows.length, { timeout: 5_000 }).toBe(count);

describe('a simulated market', () => {
  it('answers the same to the same content and attempt, in whatever order requests arrive', async () => {
    const questions = Array.from({ length: 60 }, (_, index) => `question ${index % 40}`);
    const run = async (order: readonly string[]) => {
      await open(twoTargets);
      await Promise.all(
        order.flatMap((content) => [
          textOf(ask({ path: 'small', content })),
          textOf(ask({ path: 'aggregator/api', content })),
        ]),
      );
      await settled(order.length * 2);
      await running?.close();
      const told = rows.map(
        ({ target, content, attempt, outcome, failure, output_tokens, billed_usd }) =>
          JSON.stringify([target, content, attempt, outcome, failure, output_tokens, billed_usd]),
      );
      return told.toSorted();
    };
    const forward = await run(questions);
    const shuffled = questions.map((content, index) => ({ content, key: (index * 37) % 61 }));
    const backward = await run(
      shuffled.toSorted((a, b) => a.key - b.key).map(({ content }) => content),
    );
    expect(backward).toEqual(forward);
    // Something of everything happened, or this would prove little.
    expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['completed', 'failed']));
  });

  it('bills what its audit rows add up to, fee included and failures as dialled', async () => {
    const market = await open(twoTargets);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        textOf(ask({ path: 'aggregator/api', content: `${index}` })),
      ),
    );
    await settled(40);
    const sum = rows.reduce((total, row) => total + row.billed_usd, 0);
    expect(market.bill().total_usd).toBeCloseTo(sum, 12);
    expect(market.bill().targets.large?.requests).toBe(40);
    for (const row of rows) {
      const { billed_input_tokens: input, output_tokens: output, http_status } = row;
      expect(row.billed_usd).toBeCloseTo(((input + 4 * output) / 1e6) * 1.1, 12);
      if (http_status === 503) expect(output).toBe(0);
      if (row.failure === 'cut-off') expect(output).toBeGreaterThan(0);
    }
  });

  it('streams a role, content, a reason to stop and usage with its details, and ends with [DONE]', async () => {
    await open(twoTargets);
    const streamed = await ask({
      path: 'small',
      content: 'tell me',
      body: { stream_options: { include_usage: true } },
    });
    const events = (await streamed.text()).split('\n\n').filter((event) => event !== '');
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)));
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop');
    await settled(1);
    const [row] = rows;
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: row?.billed_input_tokens,
        completion_tokens: row?.output_tokens,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 8 },
        cost: row?.billed_usd,
      },
    });
    const contents = chunks.filter(({ choices }) => {
      const delta = choices[0]?.delta ?? {};
      return delta.content || delta.reasoning_content;
    });
    expect(row?.chunk_epoch_ms).toHaveLength(contents.length);
  });

  it('sends no usage to a client that did not ask for it, and all of it without streaming', async () => {
    await open(twoTargets);
    expect(await (await ask({ path: 'small', content: 'x' })).text()).not.toContain('"usage"');
    const whole = await ask({ path: 'small', content: 'y', body: { stream: false } });
    const body = (await whole.json()) as { object: string; usage: { cost: number } };
    expect(body.object).toBe('chat.completion');
    expect(body.usage.cost).toBeGreaterThan(0);
  });

  it('stamps its writes: first byte, chunks and end in order, within the time the client saw', async () => {
    await open(twoTargets);
    const sent = performance.timeOrigin + performance.now();
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        textOf(ask({ path: 'small', content: `${i}`, headers: { 'x-arb-request': `r-${i}` } })),
      ),
    );
    const got = performance.timeOrigin + performance.now();
    await settled(30);
    for (const row of rows) {
      const instants = [
        sent,
        row.received_epoch_ms,
        row.first_byte_epoch_ms,
        ...row.chunk_epoch_ms,
        row.ended_epoch_ms,
        got + 5,
      ];
      expect(instants).toEqual(instants.toSorted((a = 0, b = 0) => a - b));
      const ttft = (row.chunk_epoch_ms[0] ?? 0) - row.received_epoch_ms;
      expect(ttft).toBeGreaterThan(0.5);
    }
    expect(new Set(rows.map((row) => row.client_request)).size).toBe(30);
  });

  it('answers right as often as its accuracy says, and tells so in the audit', async () => {
    const workload = Array.from({ length: 300 }, (_, index) => ({
      id: `q-${index}`,
      task: 'sort',
      prompt: `Which of yes and no is it, case ${index}?`,
      expect: { choice: index % 2 ? 'yes' : 'no', of: ['yes', 'no'] },
    }));
    await open(twoTargets, workload);
    const right = await Promise.all(
      workload.map(async ({ prompt, expect: { choice } }) => {
        const answer = await ask({ path: 'small', content: prompt, body: { stream: false } });
        const body = (await answer.json()) as { choices: [{ message: { content: string } }] };
        return body.choices[0].message.content.startsWith(choice);
      }),
    );
    await settled(300);
    const share = right.filter(Boolean).length / 300;
    // Four standard errors of a share of .7 in 300.
    expect(Math.abs(share - 0.7)).toBeLessThan(0.106);
    expect(rows.filter((row) => row.right)).toHaveLength(right.filter(Boolean).length);
    expect(rows.every((row) => row.request_id?.startsWith('q-') && row.task === 'sort')).toBe(true);
  });

  it('lists its models with prices per token, as an aggregator does', async () => {
    const { url } = await open(twoTargets);
    const list = (await (await fetch(`${url}/small/v1/models`)).json()) as { data: object[] };
    expect(list.data).toEqual([
      expect.objectContaining({
        id: 'm-small',
        pricing: { prompt: '0.000001', completion: '0.000004', input_cache_read: '2.5e-7' },
      }),
    ]);
    const all = (await (await fetch(`${url}/v1/models`)).json()) as { data: object[] };
    expect(all.data).toHaveLength(2);
  });

  it('says what it does not know or cannot read, in the form of an OpenAI error', async () => {
    const { url } = await open(twoTargets);
    const cases = [
      [ask({ path: 'nobody', content: 'x' }), 404, /Known: \/small\/v1/],
      [
        ask({ path: 'small', content: 'x', body: { model: 'm-tiny' } }),
        404,
        /"m-tiny" does not exist/,
      ],
      [ask({ path: 'small', content: 'x', body: { messages: [] } }), 400, /messages/],
      [fetch(`${url}/small/v1/chat/completions`, { method: 'POST', body: '{' }), 400, /not JSON/],
      [fetch(`${url}/small/v1/embeddings`, { method: 'POST' }), 404, /Unknown request URL/],
    ] as const;
    for (const [answer, status, message] of cases) {
      const response = await answer;
      expect(response.status).toBe(status);
      const body = (await response.json()) as { error: { message: string } };
      expect(body.error.message).toMatch(message);
    }
  });

  it('wants a bearer token where the market says so', async () => {
    await open(twoTargets.replace('seed: 5', 'authorization: required'));
    expect((await ask({ path: 'small', content: 'x' })).status).toBe(401);
    const headers = { authorization: 'Bearer anything' };
    expect((await ask({ path: 'small', content: 'x', headers })).status).toBe(200);
  });

  it('accounts for those whom its end cuts off', async () => {
    const market = await open(
      twoTargets.replaceAll('p50_ms: 4, p99_ms: 12', 'p50_ms: 5000, p99_ms: 5000'),
    );
    const cut = Array.from({ length: 5 }, (_, i) =>
      textOf(ask({ path: 'small', content: `${i}` })),
    );
    await sleep(60);
    await market.close();
    running = undefined;
    expect(rows.map(({ outcome }) => outcome)).toEqual(Array(5).fill('aborted'));
    expect(await Promise.all(cut)).toEqual(Array(5).fill(expect.stringContaining('broken')));
  });

  it('refuses a taken port and says what to do', async () => {
    const { port } = await open(twoTargets);
    const second = startMarket({ market: parseMarket(twoTargets, 'test'), port });
    await expect(second).rejects.toThrow('Choose another with --port.');
  });
});

describe('the limits of a simulated provider', () => {
  const limited = (dial: string) => `
targets:
  small:
    model: m-small
    ${target}
    ${dial}
`;

  it('are requests a minute, with what is left in headers and Retry-After beyond', async () => {
    await open(limited('rate_limit: {rpm: 2, retry_after_s: 30}'));
    const first = await ask({ path: 'small', content: 'a' });
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    await ask({ path: 'small', content: 'b' });
    const third = await ask({ path: 'small', content: 'c' });
    expect(third.status).toBe(429);
    expect(third.headers.get('retry-after')).toBe('30');
    expect(third.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  });

  it('say when to come back as a date, and let in again when the window has passed', async () => {
    await open(`time_scale: 0.003\n${limited('rate_limit: {rpm: 1, retry_after: date}')}`);
    await (await ask({ path: 'small', content: 'a' })).text();
    const second = await ask({ path: 'small', content: 'b' });
    expect(second.status).toBe(429);
    expect(Date.parse(second.headers.get('retry-after') ?? '')).toBeGreaterThan(Date.now() - 1_000);
    // The window is 60 s at 0.003 of real time.
    await sleep(200);
    await textOf(ask({ path: 'small', content: 'b' }));
    await settled(3);
    const answered = rows.filter(({ http_status }) => http_status === 200);
    // Turned away is not answered: the content's first attempt is the one that got in.
    expect(answered.map((row) => row.attempt)).toEqual([1, 1]);
  });

  it('are tokens a minute too', async () => {
    await open(limited('rate_limit: {tpm: 10}'));
    expect((await ask({ path: 'small', content: 'x'.repeat(36) })).status).toBe(200);
    const second = await ask({ path: 'small', content: 'y'.repeat(36) });
    expect(second.status).toBe(429);
    expect(second.headers.get('x-ratelimit-remaining-tokens')).toBe('1');
  });

  it('are the length of the context, by a code that arb knows', async () => {
    await open(limited('context_tokens: 20'));
    const answer = await ask({ path: 'small', content: 'x'.repeat(84) });
    expect(answer.status).toBe(400);
    const body = (await answer.json()) as { error: { code: string } };
    expect(body.error.code).toBe('context_length_exceeded');
  });

  it('are a few at once: the others wait in the provider’s queue and are slower for it', async () => {
    await open(`
targets:
  small: {model: m-small, price: {input: 1, output: 1}, ttft: 100, output_tokens: {default: 2}, accuracy: {default: 1}, concurrency: 2}
`);
    await Promise.all(
      Array.from({ length: 6 }, (_, i) => textOf(ask({ path: 'small', content: `${i}` }))),
    );
    await settled(6);
    const waited = rows.map((row) => (row.chunk_epoch_ms[0] ?? 0) - row.received_epoch_ms);
    const sorted = waited.toSorted((a, b) => a - b);
    for (const [index, least] of [100, 100, 200, 200, 300, 300].entries()) {
      expect(sorted[index]).toBeGreaterThan(least - 20);
    }
    expect(sorted[1]).toBeLessThan(sorted[2] ?? 0);
    expect(sorted[1]).toBeLessThan(190);
  });

  it('are stalls in which nothing is written, from the first request on', async () => {
    await open(`
targets:
  small: {model: m-small, price: {input: 1, output: 1}, ttft: 5, output_tokens: {default: 2}, accuracy: {default: 1}, stall: {every_ms: 400, for_ms: 150}}
`);
    await textOf(ask({ path: 'small', content: 'in the stall' }));
    await textOf(ask({ path: 'small', content: 'after it' }));
    await settled(2);
    const [stalled, free] = rows.map((row) => (row.chunk_epoch_ms[0] ?? 0) - row.received_epoch_ms);
    expect(stalled).toBeGreaterThanOrEqual(149.9);
    expect(free).toBeLessThan(100);
  });
});
