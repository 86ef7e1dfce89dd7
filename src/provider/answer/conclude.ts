import { type Ms, ms } from '../../units.ts';
import type { AnswerBody } from './answer-body.ts';
import type { Call, CompletedExchange, Exchange, FailedExchange } from './exchange.ts';
import type { FailureReason } from './failure.ts';
import { excerpt, type Headers, readHttpFailure } from './http-failure.ts';
import { redactDeep } from './redact.ts';
import { isCacheHit, readRateLimit, readServedBy } from './response-headers.ts';

/** How an exchange came to its end. */
export type Ending =
  | { readonly kind: 'ended' }
  | { readonly kind: 'broken'; readonly error: Error }
  | { readonly kind: 'timeout'; readonly of: 'connect' | 'firstToken' | 'attempt' }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'cancelled' };

/** All that was heard when it ended. */
export interface Heard {
  /** 0 where no answer began. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
  readonly sentAt: Ms | undefined;
  readonly connect: Ms | undefined;
  readonly endedAt: Ms;
}

/** Names what happened. Pure, but for reading a JSON body and the wall clock of Retry-After. */
export function conclude(heard: Heard, ending: Ending, call: Call): Exchange {
  if (heard.status >= 200 && heard.status < 300 && ending.kind === 'ended') heard.body.readWhole();
  const failure = findFailure(heard, ending, call);
  const exchange = failure ? failed(heard, failure) : completed(heard);
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
function findFailure(heard: Heard, ending: Ending, call: Call): Failure | undefined {
  const { status, headers, body } = heard;
  const { error, finishReason, refusal } = body.transcript;
  if (status >= 300) return readHttpFailure(status, { headers, body: body.text }, new Date());
  if (error) return { reason: error.reason, error: excerpt(error.message) };
  if (body.fault) return { reason: 'malformed', error: `${body.fault}${quoteStart(body)}` };
  if (finishReason === undefined) return unfinished(heard, ending, call);
  if (heard.sentAt === undefined || body.firstByteAt === undefined) {
    return unfinished(heard, ending, call);
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

function unfinished({ status, body }: Heard, ending: Ending, { target }: Call): Failure {
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
    case 'ended':
      if (body.firstByteAt === undefined) return { reason: 'malformed', error: 'an empty body' };
      if (body.transcript.chunks === 0 && (body.events === 0 || body.isWhole)) {
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

function completed(heard: Heard): CompletedExchange {
  const { body, headers } = heard;
  const { transcript } = body;
  const { firstAnswerAt, reasoning, toolCalls, finishedAt } = transcript;
  // An answer without content: the instant it was said to be over stands for its first token.
  const firstTokenAt = transcript.firstTokenAt ?? finishedAt ?? heard.endedAt;
  return {
    state: 'completed',
    httpStatus: heard.status,
    sentAt: heard.sentAt ?? heard.endedAt,
    connect: heard.connect ?? ms(0),
    firstByteAt: body.firstByteAt ?? heard.endedAt,
    firstTokenAt,
    ...(firstAnswerAt !== undefined && { firstAnswerAt }),
    lastContentAt: transcript.lastContentAt ?? firstTokenAt,
    gaps: transcript.gaps,
    chunks: transcript.chunks,
    finishReason: transcript.finishReason ?? '',
    ...common(heard),
    cacheHit: isCacheHit(headers),
    answer: transcript.answer,
    ...(reasoning && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function failed(heard: Heard, failure: Failure): FailedExchange {
  const { status, sentAt, connect, body } = heard;
  const { firstTokenAt, chunks, finishReason, answer } = body.transcript;
  return {
    state: 'failed',
    ...failure,
    ...(status > 0 && { httpStatus: status }),
    ...(sentAt !== undefined && { sentAt }),
    failedAt: heard.endedAt,
    ...(connect !== undefined && { connect }),
    ...(body.firstByteAt !== undefined && { firstByteAt: body.firstByteAt }),
    ...(firstTokenAt !== undefined && { firstTokenAt }),
    ...(chunks > 0 && { chunks }),
    ...(finishReason !== undefined && { finishReason }),
    ...common(heard),
    ...(answer && { answer }),
  };
}

function common({ headers, body }: Heard) {
  const { usage, rawUsage, servedModel } = body.transcript;
  const servedBy = body.transcript.servedBy ?? readServedBy(headers);
  const rateLimit = readRateLimit(headers, new Date());
  return {
    ...(usage && { usage }),
    ...(rawUsage !== undefined && { rawUsage }),
    ...(servedModel !== undefined && { servedModel }),
    ...(servedBy !== undefined && { servedBy }),
    ...(rateLimit && { rateLimit }),
  };
}
