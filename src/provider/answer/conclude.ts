import type { HttpResult } from '../../http/response-handler.ts';
import { type Ms, ms } from '../../units.ts';
import type { AnswerBody } from './answer-body.ts';
import type { Call, CompletedExchange, Exchange, FailedExchange } from './exchange.ts';
import type { FailureReason } from './failure.ts';
import { excerpt, readHttpFailure } from './http-failure.ts';
import { redactDeep } from './redact.ts';
import { isCacheHit, readRateLimit, readServedBy } from './response-headers.ts';

/** What came of an exchange, and what was read of its answer. */
interface ReceivedAnswer extends HttpResult {
  readonly body: AnswerBody;
}

/** Names what happened. Pure, but for reading a JSON body and the wall clock of Retry-After. */
export function conclude(received: ReceivedAnswer, call: Call): Exchange {
  const { status, ending, body } = received;
  if (status >= 200 && status < 300 && ending.kind === 'ended') body.readWhole();
  const failure = findFailure(received, call);
  const exchange = failure ? failed(received, failure) : completed(received);
  return redactDeep(exchange, [call.key]);
}

interface Failure {
  readonly reason: FailureReason;
  readonly error: string;
  readonly retryAfter?: Ms;
}

/**
 * A stream that said its finish reason is complete, whatever became of its connection afterwards;
 * one that carried an error is not, whatever it said before.
 */
function findFailure(received: ReceivedAnswer, call: Call): Failure | undefined {
  const { status, headers, body } = received;
  const { error, finishReason, refusal } = body.accumulator;
  if (status >= 300) return readHttpFailure(status, { headers, body: body.text }, new Date());
  if (error) return { reason: error.reason, error: excerpt(error.message) };
  if (received.ending.kind === 'unreadable') return unfinished(received, call);
  if (body.fault) return { reason: 'malformed', error: `${body.fault}${quoteStart(body)}` };
  if (finishReason === undefined) return unfinished(received, call);
  if (received.sentAt === undefined || body.firstByteAt === undefined) {
    return unfinished(received, call);
  }
  if (refusal) return { reason: 'refused', error: excerpt(refusal) };
  if (finishReason === 'content_filter') {
    return { reason: 'content-filter', error: 'the provider filtered the answer' };
  }
  if (finishReason === 'refusal') return { reason: 'refused', error: 'the model refused' };
  if (finishReason === 'error') {
    return { reason: 'server-error', error: 'the provider ended the answer with an error' };
  }
  return undefined;
}

function unfinished({ status, body, ending }: ReceivedAnswer, { target }: Call): Failure {
  switch (ending.kind) {
    case 'cancelled':
      return { reason: 'cancelled', error: 'cancelled by arb' };
    case 'timeout':
      return { reason: 'timeout', error: timeoutWords[ending.of](target.timeouts[ending.of]) };
    case 'too-long':
      return { reason: 'malformed', error: 'the answer did not end within 64 MB' };
    case 'broken':
      if (status === 0) return { reason: 'connect', error: connectWords(ending.error) };
      return { reason: 'cut-off', error: `the connection broke: ${describeCause(ending.error)}` };
    case 'unreadable':
      return {
        reason: 'malformed',
        error: `the answer cannot be read: ${describeCause(ending.error)}`,
      };
    case 'ended':
      if (body.firstByteAt === undefined) return { reason: 'malformed', error: 'an empty body' };
      if (body.accumulator.chunks === 0 && (body.events === 0 || body.isWhole)) {
        return { reason: 'malformed', error: `no answer in the body${quoteStart(body)}` };
      }
      return { reason: 'cut-off', error: 'the answer ended without a finish reason' };
  }
}

const timeoutWords = {
  connect: (limit: Ms) => `no connection within ${limit} ms`,
  firstToken: (limit: Ms) => `no token within ${limit} ms`,
  attempt: (limit: Ms) => `not finished within ${limit} ms`,
} as const;

function quoteStart(body: AnswerBody): string {
  const start = excerpt(body.text.slice(0, 1_000));
  return start ? `: ${start}` : '';
}

function connectWords(error: Error): string {
  return `no answer: ${describeCause(error)}`;
}

/** The words of a network error; an `AggregateError` of all addresses tried has none of its own. */
function describeCause(error: Error & { code?: unknown }): string {
  const inner = error instanceof AggregateError ? error.errors[0] : undefined;
  const words = error.message || (inner instanceof Error ? inner.message : '');
  const code = typeof error.code === 'string' ? error.code : '';
  return excerpt(words.includes(code) ? words || code : `${code} ${words}`);
}

function completed(received: ReceivedAnswer): CompletedExchange {
  const { body, headers } = received;
  const { accumulator } = body;
  const { firstAnswerAt, reasoning, toolCalls, finishedAt } = accumulator;
  // An answer without content: the instant it was said to be over stands for its first token.
  const firstTokenAt = accumulator.firstTokenAt ?? finishedAt ?? received.endedAt;
  return {
    state: 'completed',
    httpStatus: received.status,
    sentAt: received.sentAt ?? received.endedAt,
    connect: received.connect ?? ms(0),
    firstByteAt: body.firstByteAt ?? received.endedAt,
    firstTokenAt,
    ...(firstAnswerAt !== undefined && { firstAnswerAt }),
    lastContentAt: accumulator.lastContentAt ?? firstTokenAt,
    gaps: accumulator.gaps,
    chunks: accumulator.chunks,
    finishReason: accumulator.finishReason ?? '',
    ...common(received),
    cacheHit: isCacheHit(headers),
    answer: accumulator.answer,
    ...(reasoning && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function failed(received: ReceivedAnswer, failure: Failure): FailedExchange {
  const { status, sentAt, connect, body } = received;
  const { firstTokenAt, chunks, finishReason, answer } = body.accumulator;
  return {
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
    ...common(received),
    ...(answer && { answer }),
  };
}

function common({ headers, body }: ReceivedAnswer) {
  const { usage, rawUsage, servedModel } = body.accumulator;
  const servedBy = body.accumulator.servedBy ?? readServedBy(headers);
  const rateLimit = readRateLimit(headers, new Date());
  return {
    ...(usage && { usage }),
    ...(rawUsage !== undefined && { rawUsage }),
    ...(servedModel !== undefined && { servedModel }),
    ...(servedBy !== undefined && { servedBy }),
    ...(rateLimit && { rateLimit }),
  };
}
