import type { IncomingMessage, ServerResponse } from 'node:http';
import { judgeReply } from '../judge/judge-reply.ts';
import type { Truths } from '../judge/judge-truth.ts';
import { hashOf } from '../market/canonical.ts';
import type { Market, MarketTarget } from '../market/market.ts';
import type { Questions } from '../market/question.ts';
import { costOf, type Reply, replyOf } from '../market/reply.ts';
import { type Asked, inputTokensOf } from '../market/truth.ts';
import { type AuditRow, epochOf } from './audit.ts';
import { type ChatRequest, maxTokensOf } from './chat.ts';
import { createPlaces, createRateLimiter, type Places, type RateLimiter } from './limits.ts';
import { sendError } from './listen.ts';
import { type Played, play } from './run-script.ts';
import type { Schedule } from './schedule.ts';
import { type Script, scriptOf } from './script.ts';
import type { Switch } from './switch.ts';

/** One request at one provider of the market. */
export interface Visit {
  readonly shop: Shop;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly chat: ChatRequest;
  readonly receivedAt: number;
}

/** A provider that is open: its truth, and what it has seen so far. */
export interface Shop {
  readonly name: string;
  readonly target: MarketTarget;
  readonly limiter: RateLimiter;
  readonly places: Places;
  /** How often each content was asked here. */
  readonly asked: Map<string, number>;
  firstAt: number | undefined;
}

export interface House {
  readonly market: Market;
  readonly questions: Questions;
  /** What a simulated judge knows to be right. */
  readonly truths: Truths;
  readonly shops: readonly Shop[];
  readonly schedule: Schedule;
  readonly failing: Switch;
  readonly audit: (row: AuditRow) => void;
}

export function openShop(name: string, target: MarketTarget, timeScale: number): Shop {
  return {
    name,
    target,
    limiter: createRateLimiter(target, timeScale),
    places: createPlaces(target.concurrency),
    asked: new Map(),
    firstAt: undefined,
  };
}

/** Answers a visit as the seed and the content decide, and accounts for it. */
export async function answer(house: House, visit: Visit): Promise<void> {
  const { shop, chat } = visit;
  const { target } = shop;
  const hash = hashOf(chat.messages);
  const question = house.questions.get(hash);
  const asked: Asked = {
    hash,
    inputTokens: inputTokensOf(chat),
    ...(question?.task ? { task: question.task } : {}),
  };
  const told = house.failing.told(shop.name);
  const switched = told !== undefined && told !== 'none';
  // A provider that is down refuses before it counts: the answers after that are as without it.
  if (!switched && !admitted(house, visit, asked)) return;
  const attempt = switched ? 0 : (shop.asked.get(hash) ?? 0) + 1;
  if (!switched) shop.asked.set(hash, attempt);
  const maxTokens = maxTokensOf(chat);
  const most = maxTokens === undefined ? {} : { maxTokens };
  const reply = replyOf(house.market, {
    name: shop.name,
    asked,
    attempt,
    ...(question ? { question } : {}),
    ...most,
    ...(told === undefined ? {} : { told }),
    ...verdictOf(house, visit, attempt),
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
    ...(switched ? { switched } : {}),
    attempt,
  });
}

/** Whether the request fits and is within the limits; it is answered with an error where not. */
function admitted(house: House, visit: Visit, asked: Asked): boolean {
  const { shop, response } = visit;
  const { target, limiter } = shop;
  const turnAway = (status: number, code: string, message: string) => {
    sendError(response, status, code, message);
    house.audit({
      ...rowStart(visit, asked),
      ...nothingBilled,
      attempt: 0,
      failure: code,
      http_status: status,
    });
    return false;
  };
  const input = Math.ceil(asked.inputTokens * target.tokenizer);
  if (target.context_tokens !== undefined && input > target.context_tokens) {
    const what = `This model's maximum context length is ${target.context_tokens} tokens; the messages have ${input}.`;
    return turnAway(400, 'context_length_exceeded', what);
  }
  const { admitted, headers } = limiter.admit(performance.now(), input);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (admitted) return true;
  return turnAway(429, 'rate_limit_exceeded', 'Rate limit reached. Slow down.');
}

/** What a simulated judge says; nothing for a target that answers. */
function verdictOf({ market, truths }: House, { shop, chat }: Visit, attempt: number) {
  const { judge } = shop.target;
  if (!judge) return {};
  const { messages } = chat;
  const text = judgeReply({ judge, messages, truths, seed: market.seed, attempt });
  return { said: { text, toolCalls: [] } };
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
