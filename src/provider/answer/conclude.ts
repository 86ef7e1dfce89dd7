import { oneLine } from '../../lines.ts';
import { ms } from '../../units.ts';
import type { Mutable } from './answer-event.ts';
import { excerpt } from './excerpt.ts';
import type { Call, CompletedExchange, Exchange, FailedExchange } from './exchange.ts';
import { type CallFailure, findFailure, type ReceivedAnswer } from './find-failure.ts';
import { redactDeep } from './redact.ts';
import { isCacheHit, readRateLimit, readServedBy } from './response-headers.ts';

/** Names what happened. Pure, but for reading a JSON body and the wall clock of Retry-After. */
export function concludeExchange(received: ReceivedAnswer, call: Call): Exchange {
  const { status, ending, body } = received;
  if (status >= 200 && status < 300 && ending.kind === 'ended') body.readWhole();
  const failure = findFailure(received, call);
  const exchange = failure ? failed(received, failure) : completed(received);
  return redactDeep(exchange, [call.key]);
}

/** For an answer that could not even be concluded from: what is certain, and nothing of its content. */
export function concludeUnreadable(
  received: ReceivedAnswer,
  error: unknown,
  { key }: Call,
): FailedExchange {
  const { status, sentAt, connect, endedAt, body } = received;
  const why = error instanceof Error ? error.message : String(error);
  return {
    state: 'failed',
    reason: 'malformed',
    error: `the answer cannot be read: ${excerpt(why, [key])}`,
    ...(status > 0 && { httpStatus: status }),
    ...(sentAt !== undefined && { sentAt }),
    failedAt: endedAt,
    ...(connect !== undefined && { connect }),
    ...(body.firstByteAt !== undefined && { firstByteAt: body.firstByteAt }),
  };
}

function completed(received: ReceivedAnswer): CompletedExchange {
  const { body, headers } = received;
  const { accumulator } = body;
  const { firstAnswerAt, reasoning, toolCalls, finishedAt } = accumulator;
  // An answer without content: the instant it was said to be over stands for its first token.
  const firstTokenAt = accumulator.firstTokenAt ?? finishedAt ?? received.endedAt;
  const exchange: Mutable<CompletedExchange> = {
    state: 'completed',
    httpStatus: received.status,
    sentAt: received.sentAt ?? received.endedAt,
    connect: received.connect ?? ms(0),
    firstByteAt: body.firstByteAt ?? received.endedAt,
    firstTokenAt,
    lastContentAt: accumulator.lastContentAt ?? firstTokenAt,
    gaps: accumulator.gaps,
    chunks: accumulator.chunks,
    finishReason: accumulator.finishReason ?? '',
    cacheHit: isCacheHit(headers),
    answer: accumulator.answer,
  };
  if (firstAnswerAt !== undefined) exchange.firstAnswerAt = firstAnswerAt;
  addCommon(exchange, received);
  if (reasoning) exchange.reasoning = reasoning;
  if (toolCalls.length > 0) exchange.toolCalls = toolCalls;
  return exchange;
}

function failed(received: ReceivedAnswer, failure: CallFailure): FailedExchange {
  const { status, sentAt, connect, body } = received;
  const { firstTokenAt, chunks, finishReason, answer } = body.accumulator;
  const exchange: Mutable<FailedExchange> = {
    state: 'failed',
    ...failure,
    ...(status > 0 && { httpStatus: status }),
    ...(sentAt !== undefined && { sentAt }),
    failedAt: received.endedAt,
    ...(connect !== undefined && { connect }),
    ...(body.firstByteAt !== undefined && { firstByteAt: body.firstByteAt }),
    ...(firstTokenAt !== undefined && { firstTokenAt }),
    ...(chunks > 0 && { chunks }),
    ...(finishReason !== undefined && { finishReason }),
    ...(answer && { answer }),
  };
  addCommon(exchange, received);
  return exchange;
}

/** A name as it is shown, stored and compared; the longest that is known has some 100 characters. */
const toName = (said: string) => oneLine(said).trim().slice(0, 300);

/** What an answer says whether it succeeded or not. */
function addCommon(exchange: Mutable<Exchange>, { headers, body }: ReceivedAnswer): void {
  const { usage, rawUsage, servedModel } = body.accumulator;
  const servedBy = body.accumulator.servedBy ?? readServedBy(headers);
  const rateLimit = readRateLimit(headers);
  if (usage) exchange.usage = usage;
  if (rawUsage !== undefined) exchange.rawUsage = rawUsage;
  if (servedModel !== undefined) exchange.servedModel = toName(servedModel);
  if (servedBy !== undefined) exchange.servedBy = toName(servedBy);
  if (rateLimit) exchange.rateLimit = rateLimit;
}
