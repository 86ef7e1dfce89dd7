import type { Market, MarketTarget } from './market.ts';
import { drawsFor } from './random.ts';

/** What the truth about an answer depends on. */
export interface MarketRequest {
  /** Hash of the messages. */
  readonly hash: string;
  readonly task?: string;
  /** The feature: bytes / 4. */
  readonly inputTokens: number;
}

/** The probability that `target` answers right: the population value that arb estimates. */
export function trueAccuracy(
  target: MarketTarget,
  task: string | undefined,
  inputTokens: number,
): number {
  const { by_task, default: otherwise, above_tokens } = target.accuracy;
  const byTask = ofTask(by_task, task) ?? otherwise;
  return above_tokens
    .filter(({ tokens }) => inputTokens >= tokens)
    .filter(({ tasks }) => tasks === undefined || (task !== undefined && tasks.includes(task)))
    .reduce((least, step) => Math.min(least, step.accuracy), byTask);
}

/**
 * Whether this attempt is right. A uniform number decides against the accuracy: with probability
 * `correlation` it is the request's difficulty, which every target shares, else the target's own
 * luck. Either way it is uniform, so the accuracy is exact in expectation.
 */
export function isRight(
  market: Market,
  name: string,
  asked: MarketRequest,
  attempt: number,
): boolean {
  const target = findTarget(market, name);
  const own = drawsFor(market.seed, 'luck', target.weights ?? name, asked.hash, attempt);
  const byDifficulty = own.uniform() < market.correlation;
  const draw = byDifficulty
    ? drawsFor(market.seed, 'difficulty', asked.hash).uniform()
    : own.uniform();
  return draw < trueAccuracy(target, asked.task, asked.inputTokens);
}

export function findTarget(market: Market, name: string): MarketTarget {
  const target = market.targets[name];
  if (!target) throw new Error(`the market has no target "${name}"`);
  return target;
}

/** ceil(UTF-8 bytes of the texts in messages, tools and response_format / 4): the feature. */
export function countInputTokens(body: {
  readonly messages?: unknown;
  readonly tools?: unknown;
  readonly response_format?: unknown;
}): number {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  const structured = [body.tools, body.response_format].filter(
    (value) => value !== undefined && value !== null && JSON.stringify(value) !== '[]',
  );
  const bytes =
    messages.reduce((sum: number, message) => sum + messageBytes(message), 0) +
    structured.reduce((sum: number, value) => sum + byteLength(JSON.stringify(value)), 0);
  return Math.ceil(bytes / 4);
}

function messageBytes(message: unknown): number {
  const { content, tool_calls } = (message ?? {}) as { content?: unknown; tool_calls?: unknown };
  const called = tool_calls ? byteLength(JSON.stringify(tool_calls)) : 0;
  if (typeof content === 'string') return called + byteLength(content);
  if (!Array.isArray(content)) return called;
  return content.reduce(
    (sum: number, part: { text?: unknown } | null) =>
      sum + (typeof part?.text === 'string' ? byteLength(part.text) : 0),
    called,
  );
}

const byteLength = (text: string) => Buffer.byteLength(text, 'utf8');

/** A task may be called `constructor`. */
export const ofTask = <T>(byTask: Readonly<Record<string, T>>, task: string | undefined) =>
  task !== undefined && Object.hasOwn(byTask, task) ? byTask[task] : undefined;
