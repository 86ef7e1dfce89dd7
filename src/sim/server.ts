import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AuditRow, type Bill, createBill, epochOf } from './audit.ts';
import { hashOf } from './canonical.ts';
import { type ChatRequest, maxTokensOf, parseChat } from './chat.ts';
import { createPlaces, createRateLimiter, type Places, type RateLimiter } from './limits.ts';
import { type Listening, listen, pathOf, readBody, sendError, sendJson } from './listen.ts';
import type { Market, MarketTarget } from './market.ts';
import { type Played, play } from './play.ts';
import { type Questions, readQuestions } from './question.ts';
import { costOf, type Reply, replyOf } from './reply.ts';
import { createSchedule, type Schedule } from './schedule.ts';
import { type Script, scriptOf } from './script.ts';
import { type Asked, inputTokensOf } from './truth.ts';

/** A market that runs: every target at `url/<target>/v1`. */
export interface RunningMarket extends Listening {
  bill(): Bill;
}

export interface MarketOptions {
  readonly market: Market;
  /** Workload file that says which answers are right; without it every answer is filler. */
  readonly workload?: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly onAudit?: (row: AuditRow) => void;
}

interface Shop {
  readonly name: string;
  readonly target: MarketTarget;
  readonly limiter: RateLimiter;
  readonly places: Places;
  /** How often each content was asked here. */
  readonly asked: Map<string, number>;
  firstAt: number | undefined;
}

interface House {
  readonly market: Market;
  readonly questions: Questions;
  readonly shops: readonly Shop[];
  readonly schedule: Schedule;
  readonly audit: (row: AuditRow) => void;
}

/** Starts the simulated providers on loopback. Throws `UsageError` where the port is taken. */
export async function startMarket(options: MarketOptions): Promise<RunningMarket> {
  const { market, workload, port, onAudit } = options;
  const questions = workload === undefined ? new Map() : await readQuestions(workload);
  const bill = createBill();
  const house: House = {
    market,
    questions,
    schedule: createSchedule(),
    shops: Object.entries(market.targets).map(([name, target]) => ({
      name,
      target,
      limiter: createRateLimiter(target, market.time_scale),
      places: createPlaces(target.concurrency),
      asked: new Map(),
      firstAt: undefined,
    })),
    audit(row) {
      bill.add(row);
      onAudit?.(row);
    },
  };
  const server = await listen(port, (request, response) => serve(house, request, response));
  return {
    ...server,
    bill: bill.read,
    async close() {
      await server.close();
      house.schedule.stop();
    },
  };
}

async function serve(house: House, request: IncomingMessage, response: ServerResponse) {
  const receivedAt = performance.now();
  const { prefix, resource } = pathOf(request.url);
  const shops = house.shops.filter(
    ({ name, target }) => prefix === '' || (target.path ?? name) === prefix,
  );
  if (shops.length === 0) {
    const known = house.shops.map(({ name, target }) => `/${target.path ?? name}/v1`).join(', ');
    sendError(response, 404, 'unknown_url', `No provider at "/${prefix}/v1". Known: ${known}.`);
    return;
  }
  if (
    house.market.authorization === 'required' &&
    !/^Bearer \S/.test(request.headers.authorization ?? '')
  ) {
    sendError(response, 401, 'invalid_api_key', 'You did not provide an API key.');
    return;
  }
  if (request.method === 'GET' && resource === '/models') {
    sendJson(response, 200, { object: 'list', data: shops.map(modelEntry) });
    return;
  }
  if (request.method !== 'POST' || resource !== '/chat/completions') {
    sendError(
      response,
      404,
      'unknown_url',
      `Unknown request URL: ${request.method} ${request.url}.`,
    );
    return;
  }
  const parsed = parseChat(await readBody(request));
  if ('fault' in parsed) {
    sendError(response, 400, 'invalid_request', parsed.fault);
    return;
  }
  const { model } = parsed.request;
  const shop = shops.find(({ name, target }) => target.model === model || name === model);
  if (!shop) {
    const served = shops.map(({ target }) => target.model).join(', ');
    sendError(
      response,
      404,
      'model_not_found',
      `The model "${model}" does not exist. Served: ${served}.`,
    );
    return;
  }
  await answer(house, { shop, request, response, chat: parsed.request, receivedAt });
}

function modelEntry({ target }: Shop): object {
  const perToken = (perMillion: number) => String(Number((perMillion / 1e6).toPrecision(12)));
  const { input, output, cached_input } = target.price;
  return {
    id: target.model,
    object: 'model',
    created: 1_700_000_000,
    owned_by: 'arb-sim',
    ...(target.context_tokens ? { context_length: target.context_tokens } : {}),
    pricing: {
      prompt: perToken(input),
      completion: perToken(output),
      ...(cached_input === undefined ? {} : { input_cache_read: perToken(cached_input) }),
    },
  };
}

interface Visit {
  readonly shop: Shop;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly chat: ChatRequest;
  readonly receivedAt: number;
}

async function answer(house: House, visit: Visit): Promise<void> {
  const { shop, response, chat } = visit;
  const { target } = shop;
  const hash = hashOf(chat.messages);
  const question = house.questions.get(hash);
  const asked: Asked = {
    hash,
    inputTokens: inputTokensOf(chat),
    ...(question?.task ? { task: question.task } : {}),
  };
  const turnAway = (status: number, code: string, message: string) => {
    sendError(response, status, code, message);
    house.audit({
      ...rowStart(visit, asked),
      ...nothingBilled,
      attempt: 0,
      failure: code,
      http_status: status,
    });
  };
  const input = Math.ceil(asked.inputTokens * target.tokenizer);
  if (target.context_tokens !== undefined && input > target.context_tokens) {
    const what = `This model's maximum context length is ${target.context_tokens} tokens; the messages have ${input}.`;
    turnAway(400, 'context_length_exceeded', what);
    return;
  }
  const { admitted, headers } = shop.limiter.admit(performance.now(), input);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!admitted) {
    turnAway(429, 'rate_limit_exceeded', 'Rate limit reached. Slow down.');
    return;
  }
  const attempt = (shop.asked.get(hash) ?? 0) + 1;
  shop.asked.set(hash, attempt);
  const maxTokens = maxTokensOf(chat);
  const most = maxTokens === undefined ? {} : { maxTokens };
  const reply = replyOf(house.market, {
    name: shop.name,
    asked,
    attempt,
    ...(question ? { question } : {}),
    ...most,
  });
  const script = scriptOf(target, reply, {
    id: `${hash.slice(0, 12)}-${attempt}`,
    stream: chat.stream === true,
    includeUsage: chat.stream !== true || chat.stream_options?.include_usage === true,
  });
  const played = await perform(house, visit, { script, reply });
  house.audit({
    ...rowStart(visit, asked),
    ...(question ? { request_id: question.id } : {}),
    ...ledger(target, { reply, script, played }),
    attempt,
  });
}

/** Waits for a place at the provider, then plays the script. */
async function perform(
  house: House,
  visit: Visit,
  answer: { script: Script; reply: Reply },
): Promise<Played> {
  const { shop, response, receivedAt } = visit;
  const { stall } = shop.target;
  const scale = house.market.time_scale;
  shop.firstAt ??= receivedAt;
  const origin = shop.firstAt;
  let leave = () => {};
  const startedAt = await new Promise<number | undefined>((resolve) => {
    response.once('close', () => resolve(undefined));
    const queued = shop.places.full;
    leave = shop.places.take(() => resolve(queued ? performance.now() : receivedAt));
  });
  if (startedAt === undefined) {
    leave();
    return { outcome: 'aborted', chunksAt: [], tokensSent: 0 };
  }
  const allowed = (instant: number) => {
    if (!stall) return instant;
    const phase = (instant - origin) % (stall.every_ms * scale);
    return phase < stall.for_ms * scale ? instant - phase + stall.for_ms * scale : instant;
  };
  const { split_bytes } = shop.target.wire;
  const played = await play(answer.script, {
    response,
    schedule: house.schedule,
    startedAt,
    allowed,
    gap: answer.reply.timing.gap,
    ...(split_bytes === undefined ? {} : { splitBytes: split_bytes }),
  });
  leave();
  return played;
}

function rowStart({ shop, request, chat, receivedAt }: Visit, asked: Asked) {
  const label = request.headers['x-arb-request'];
  return {
    kind: 'request' as const,
    target: shop.name,
    path: request.url ?? '',
    ...(typeof label === 'string' ? { client_request: label } : {}),
    content: asked.hash,
    ...(asked.task ? { task: asked.task } : {}),
    stream: chat.stream === true,
    received_epoch_ms: epochOf(receivedAt),
    ended_epoch_ms: epochOf(performance.now()),
  };
}

const nothingBilled = {
  outcome: 'failed',
  billed_input_tokens: 0,
  cached_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  billed_usd: 0,
  chunk_epoch_ms: [],
} as const;

/** What the answer cost: all of it where it completed, what was sent where it broke. */
function ledger(target: MarketTarget, end: { reply: Reply; script: Script; played: Played }) {
  const { reply, script, played } = end;
  const completed = played.outcome === 'completed';
  const free = !completed && (target.bills === 'completed' || played.tokensSent === 0);
  const output = completed ? reply.usage.output : played.tokensSent;
  const usage = free
    ? { input: 0, cached: 0, output: 0, reasoning: 0 }
    : { ...reply.usage, output, reasoning: Math.min(reply.usage.reasoning, output) };
  return {
    outcome: played.outcome,
    ...(reply.failure ? { failure: reply.failure } : {}),
    http_status: script.status,
    ...(completed && script.finish ? { finish_reason: script.finish } : {}),
    ...(reply.right === undefined ? {} : { right: reply.right }),
    billed_input_tokens: usage.input,
    cached_tokens: usage.cached,
    output_tokens: usage.output,
    reasoning_tokens: usage.reasoning,
    billed_usd: costOf(target, usage) * (1 + target.fee_percent / 100),
    ...(completed && script.reported !== undefined ? { reported_usd: script.reported } : {}),
    ...(played.firstByteAt === undefined
      ? {}
      : { first_byte_epoch_ms: epochOf(played.firstByteAt) }),
    chunk_epoch_ms: played.chunksAt.map(epochOf),
  };
}
