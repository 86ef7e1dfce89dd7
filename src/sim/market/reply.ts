import { rightAnswer, type SimulatedAnswer, wrongAnswer } from './answer.ts';
import type { Count, FailureKind, Market, MarketTarget } from './market.ts';
import type { AnswerKey } from './question.ts';
import { type Draws, drawsFor, logNormal } from './random.ts';
import { findTarget, isRight, type MarketRequest, ofTask } from './truth.ts';

/** All that is decided about one answer before anything is sent; no clock, no order of arrival. */
export interface Reply {
  readonly said: SimulatedAnswer;
  readonly reasoning: string;
  /** Absent where the workload does not say what is right, and where the answer is broken. */
  readonly right?: boolean;
  readonly usage: SimUsage;
  readonly failure?: FailureKind;
  readonly timing: Timing;
  /** Where in the answer a failure strikes, 0 to 1. */
  readonly strikesAt: number;
}

export interface SimUsage {
  readonly input: number;
  readonly cached: number;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

/** Milliseconds on the market's scale, from the start of service. */
export interface Timing {
  readonly ttft: number;
  /** The next gap; draws as it goes, because an endless stream has no last one. */
  readonly gap: () => number;
}

export interface Situation {
  readonly name: string;
  readonly asked: MarketRequest;
  readonly attempt: number;
  /** Absent where the messages are not in the workload. */
  readonly question?: AnswerKey;
  readonly maxTokens?: number;
  /** Its words, where they do not come from the question: a judge's verdict. */
  readonly said?: SimulatedAnswer;
  /** Goes before the dials: how it must fail, or that it must not. */
  readonly told?: FailureKind | 'none';
}

/** What `situation.name` answers: a function of the seed and the content alone. */
export function drawReply(market: Market, situation: Situation): Reply {
  const { name, asked, attempt, question } = situation;
  const target = findTarget(market, name);
  const place = [name, asked.hash, attempt] as const;
  const words = drawsFor(market.seed, 'words', ...place);
  const right = question && isRight(market, name, asked, attempt);
  const style = { tokens: drawLength(target, situation, words), draws: words };
  const known = question ?? { id: '', hash: asked.hash, expect: [] };
  const luck = drawsFor(market.seed, 'failure', ...place);
  const dialled = drawFailure(target, attempt, luck.uniform());
  const { told = dialled } = situation;
  const failure = told === 'none' ? undefined : told;
  const meant = right === false ? wrongAnswer(known, style) : rightAnswer(known, style);
  const said = failure === 'empty' ? { text: '', toolCalls: [] } : (situation.said ?? meant);
  // An output limit holds for both, as OpenAI documents it ("Reasoning models", max_completion_tokens).
  const room = Math.max(0, (situation.maxTokens ?? Number.POSITIVE_INFINITY) - countTokens(said));
  const reasoningTokens = Math.min(drawCount(target.reasoning_tokens, words), room);
  const input = Math.ceil(asked.inputTokens * target.tokenizer);
  return {
    said,
    reasoning: 'think '.repeat(reasoningTokens).trim(),
    ...(right === undefined || failure ? {} : { right }),
    usage: {
      input,
      cached: Math.floor(input * target.cached_share),
      output: countTokens(said) + reasoningTokens,
      reasoning: reasoningTokens,
    },
    ...(failure ? { failure } : {}),
    timing: drawTiming(market, target, asked, drawsFor(market.seed, 'timing', ...place)),
    strikesAt: luck.uniform(),
  };
}

/** What the usage costs by the target's price, before any fee. */
export function computeCost({ price }: MarketTarget, usage: SimUsage): number {
  const { input, cached, output } = usage;
  const perMillion =
    (input - cached) * price.input +
    cached * (price.cached_input ?? price.input) +
    output * price.output;
  return perMillion / 1e6;
}

/** Tokens as the simulated providers count them: four bytes each. */
export function countTokens(said: SimulatedAnswer): number {
  const called = said.toolCalls.map((call) => call.name + call.arguments).join('');
  return Math.ceil(Buffer.byteLength(said.text + called) / 4);
}

function drawLength(target: MarketTarget, { asked, maxTokens }: Situation, draws: Draws): number {
  const { by_task, default: otherwise } = target.output_tokens;
  const drawn = drawCount(ofTask(by_task, asked.task) || otherwise, draws);
  return Math.min(drawn, maxTokens ?? Number.POSITIVE_INFINITY);
}

function drawCount(count: Count, draws: Draws): number {
  return typeof count === 'number' ? count : Math.round(logNormal(draws, count.p50, count.p99));
}

function drawFailure(target: MarketTarget, attempt: number, draw: number): FailureKind | undefined {
  let above = draw;
  for (const { kind, rate, attempts } of target.failures) {
    if (attempts !== undefined && attempt > attempts) continue;
    if (above < rate) return kind;
    above -= rate;
  }
  return undefined;
}

function drawTiming(
  market: Market,
  target: MarketTarget,
  asked: MarketRequest,
  draws: Draws,
): Timing {
  const scale = market.time_scale;
  const drawn = (spread: MarketTarget['ttft']) =>
    typeof spread === 'number' ? spread : logNormal(draws, spread.p50_ms, spread.p99_ms);
  const prefill = (target.ttft_per_1k_tokens_ms * asked.inputTokens) / 1000;
  return {
    ttft: scale * (drawn(target.ttft) + drawn(target.added_ms) + prefill),
    gap: () => scale * drawn(target.gap),
  };
}
