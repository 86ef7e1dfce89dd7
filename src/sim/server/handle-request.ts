import type { IncomingMessage, ServerResponse } from 'node:http';
import { judgeReply } from '../judge/judge-reply.ts';
import type { Truths } from '../judge/judge-truth.ts';
import { hashCanonical } from '../market/canonical.ts';
import type { Market, MarketTarget } from '../market/market.ts';
import type { Questions } from '../market/question.ts';
import { computeCost, drawReply, type Reply } from '../market/reply.ts';
import { countInputTokens, type MarketRequest } from '../market/truth.ts';
import { type AuditRow, toEpoch } from './audit.ts';
import { type ChatRequest, readMaxTokens } from './chat.ts';
import {
  type ConcurrencyLimit,
  createConcurrencyLimit,
  createRateLimiter,
  type RateLimiter,
} from './limits.ts';
import { sendError } from './listen.ts';
import { runScript, type ScriptResult } from './run-script.ts';
import type { Scheduler } from './schedule.ts';
import { type Script, writeScript } from './script.ts';
import type { Switch } from './switch.ts';

/** One request at one provider of the market. */
export interface SimRequest {
  readonly provider: SimProvider;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly chat: ChatRequest;
  readonly receivedAt: number;
}

/** State of one simulated provider while the server runs: its ground truth, its limits, what it was asked. */
export interface SimProvider {
  readonly name: string;
  readonly target: MarketTarget;
  readonly limiter: RateLimiter;
  readonly slots: ConcurrencyLimit;
  /** How often each content was asked here. */
  readonly asked: Map<string, number>;
  firstAt: number | undefined;
}

export interface SimMarket {
  readonly market: Market;
  readonly questions: Questions;
  /** What a simulated judge knows to be right. */
  readonly truths: Truths;
  readonly providers: readonly SimProvider[];
  readonly schedule: Scheduler;
  readonly failing: Switch;
  readonly audit: (row: AuditRow) => void;
}

export function createProvider(name: string, target: MarketTarget, timeScale: number): SimProvider {
  return {
    name,
    target,
    limiter: createRateLimiter(target, timeScale),
    slots: createConcurrencyLimit(target.concurrency),
    asked: new Map(),
    firstAt: undefined,
  };
}

/** Answers a request as the seed and the content decide, and accounts for it. */
export async function handleRequest(sim: SimMarket, call: SimRequest): Promise<void> {
  const { provider, chat } = call;
  const { target } = provider;
  const hash = hashCanonical(chat.messages);
  const question = sim.questions.get(hash);
  const asked: MarketRequest = {
    hash,
    inputTokens: countInputTokens(chat),
    ...(question?.task ? { task: question.task } : {}),
  };
  const told = sim.failing.told(provider.name);
  const switched = told !== undefined && told !== 'none';
  // A provider that is down refuses before it counts: the answers after that are as without it.
  if (!switched && !admitted(sim, call, asked)) return;
  const attempt = switched ? 0 : (provider.asked.get(hash) ?? 0) + 1;
  if (!switched) provider.asked.set(hash, attempt);
  const maxTokens = readMaxTokens(chat);
  const most = maxTokens === undefined ? {} : { maxTokens };
  const reply = drawReply(sim.market, {
    name: provider.name,
    asked,
    attempt,
    ...(question ? { question } : {}),
    ...most,
    ...(told === undefined ? {} : { told }),
    ...judgeIfAsked(sim, call, attempt),
  });
  const script = writeScript(target, reply, {
    id: `${hash.slice(0, 12)}-${attempt}`,
    stream: chat.stream === true,
    includeUsage: chat.stream !== true || chat.stream_options?.include_usage === true,
  });
  const result = await perform(sim, call, { script, reply });
  sim.audit({
    ...rowStart(call, asked),
    ...(question ? { request_id: question.id } : {}),
    ...toAuditEnd(target, { reply, script, result }),
    ...(switched ? { switched } : {}),
    attempt,
  });
}

/** Whether the request fits and is within the limits; it is answered with an error where not. */
function admitted(sim: SimMarket, call: SimRequest, asked: MarketRequest): boolean {
  const { provider, response } = call;
  const { target, limiter } = provider;
  const reject = (status: number, code: string, message: string) => {
    sendError(response, status, code, message);
    sim.audit({
      ...rowStart(call, asked),
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
    return reject(400, 'context_length_exceeded', what);
  }
  const { admitted, headers } = limiter.admit(performance.now(), input);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (admitted) return true;
  return reject(429, 'rate_limit_exceeded', 'Rate limit reached. Slow down.');
}

/** What a simulated judge says; nothing for a target that answers. */
function judgeIfAsked(
  { market, truths }: SimMarket,
  { provider, chat }: SimRequest,
  attempt: number,
) {
  const { judge } = provider.target;
  if (!judge) return {};
  const { messages } = chat;
  const text = judgeReply({ judge, messages, truths, seed: market.seed, attempt });
  return { said: { text, toolCalls: [] } };
}

/** Waits for a free slot of the provider, then runs the script. */
async function perform(
  sim: SimMarket,
  call: SimRequest,
  answer: { script: Script; reply: Reply },
): Promise<ScriptResult> {
  const { provider, response, receivedAt } = call;
  const { stall } = provider.target;
  const scale = sim.market.time_scale;
  provider.firstAt ??= receivedAt;
  const origin = provider.firstAt;
  let leave = () => {};
  const startedAt = await new Promise<number | undefined>((resolve) => {
    response.once('close', () => resolve(undefined));
    const queued = provider.slots.full;
    leave = provider.slots.take(() => resolve(queued ? performance.now() : receivedAt));
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
  const { split_bytes } = provider.target.wire;
  const result = await runScript(answer.script, {
    response,
    schedule: sim.schedule,
    startedAt,
    allowed,
    gap: answer.reply.timing.gap,
    ...(split_bytes === undefined ? {} : { splitBytes: split_bytes }),
  });
  leave();
  return result;
}

function rowStart({ provider, request, chat, receivedAt }: SimRequest, asked: MarketRequest) {
  const label = request.headers['x-arb-request'];
  return {
    kind: 'request' as const,
    target: provider.name,
    path: request.url ?? '',
    ...(typeof label === 'string' ? { client_request: label } : {}),
    content: asked.hash,
    ...(asked.task ? { task: asked.task } : {}),
    stream: chat.stream === true,
    received_epoch_ms: toEpoch(receivedAt),
    ended_epoch_ms: toEpoch(performance.now()),
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
function toAuditEnd(
  target: MarketTarget,
  end: { reply: Reply; script: Script; result: ScriptResult },
) {
  const { reply, script, result } = end;
  const completed = result.outcome === 'completed';
  const free = !completed && (target.bills === 'completed' || result.tokensSent === 0);
  const output = completed ? reply.usage.output : result.tokensSent;
  const usage = free
    ? { input: 0, cached: 0, output: 0, reasoning: 0 }
    : { ...reply.usage, output, reasoning: Math.min(reply.usage.reasoning, output) };
  return {
    outcome: result.outcome,
    ...(reply.failure ? { failure: reply.failure } : {}),
    http_status: script.status,
    ...(completed && script.finish ? { finish_reason: script.finish } : {}),
    ...(reply.right === undefined ? {} : { right: reply.right }),
    billed_input_tokens: usage.input,
    cached_tokens: usage.cached,
    output_tokens: usage.output,
    reasoning_tokens: usage.reasoning,
    billed_usd: computeCost(target, usage) * (1 + target.fee_percent / 100),
    ...(completed && script.reported !== undefined ? { reported_usd: script.reported } : {}),
    ...(result.firstByteAt === undefined
      ? {}
      : { first_byte_epoch_ms: toEpoch(result.firstByteAt) }),
    chunk_epoch_ms: result.chunksAt.map(toEpoch),
  };
}
