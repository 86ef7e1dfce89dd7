import type { Ending, HttpResult } from '../../http/response-handler.ts';
import type { Ms } from '../../units.ts';
import { type AnswerLimits, defaultAnswerLimits, type Target } from '../target/target.ts';
import type { AnswerBody } from './answer-body.ts';
import { classifyError } from './classify-error.ts';
import { excerpt } from './excerpt.ts';
import type { Call } from './exchange.ts';
import type { FailureReason } from './failure.ts';
import { judgeFinish } from './finish-reason.ts';
import { readHttpFailure } from './http-failure.ts';

/** What came of an exchange, and what was read of its answer. */
export interface ReceivedAnswer extends HttpResult {
  readonly body: AnswerBody;
}

/** Why a call failed. */
export interface CallFailure {
  readonly reason: FailureReason;
  readonly error: string;
  readonly retryAfter?: Ms;
}

/**
 * A stream that said its finish reason is complete, whatever became of its connection afterwards;
 * one that carried an error is not, whatever it said before.
 */
export function findFailure(received: ReceivedAnswer, call: Call): CallFailure | undefined {
  const { status, headers, body } = received;
  const { error, finishReason, refusal } = body.accumulator;
  const keys = [call.key];
  if (status >= 300)
    return readHttpFailure(status, { headers, body: body.text, keys: [call.key] }, new Date());
  if (error) return { reason: error.reason, error: excerpt(error.message, keys) };
  if (received.ending.kind === 'unreadable') return unfinished(received, call);
  if (body.fault) return { reason: 'malformed', error: `${body.fault}${quoteStart(body, call)}` };
  if (finishReason === undefined) return unfinished(received, call);
  if (received.sentAt === undefined || body.firstByteAt === undefined) {
    return unfinished(received, call);
  }
  if (refusal) return { reason: 'refused', error: excerpt(refusal, keys) };
  const finish = judgeFinish(finishReason, call.target.finishReasons);
  if (finish.kind === 'failed') return { reason: finish.reason, error: finish.why };
  if (body.accumulator.isEmpty) {
    return { reason: 'empty', error: `no text and no call in the answer (${finishReason})` };
  }
  return undefined;
}

function unfinished({ status, body, ending }: ReceivedAnswer, call: Call): CallFailure {
  const { target } = call;
  switch (ending.kind) {
    case 'cancelled':
      return { reason: 'cancelled', error: 'cancelled by arb' };
    case 'timeout':
      return { reason: 'timeout', error: timeoutWords[ending.of](target.timeouts[ending.of]) };
    case 'too-long':
      return { reason: 'malformed', error: tooLongWords[ending.of](readLimits(target)) };
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
      if (readsLikeError(body.aside) && body.accumulator.chunks === 0) {
        const reason = classifyError({ message: body.aside });
        return { reason, error: excerpt(body.aside, [call.key]) };
      }
      if (body.accumulator.chunks === 0 && (body.events === 0 || body.isWhole)) {
        return { reason: 'malformed', error: `no answer in the body${quoteStart(body, call)}` };
      }
      return {
        reason: readsLikeError(body.aside) ? classifyError({ message: body.aside }) : 'cut-off',
        error: `the answer ended without a finish reason${quoteStart(body, call)}`,
      };
  }
}

/** Words in a stream that are no JSON: a notice, or what went wrong. */
const readsLikeError = (words: string | undefined): words is string =>
  /error|exception|fail|overload|unavailable|timed? ?out|denied|refused|reset|too many/i.test(
    words ?? '',
  );

const timeoutWords = {
  connect: (limit: Ms) => `no connection within ${limit} ms`,
  firstToken: (limit: Ms) => `no token within ${limit} ms`,
  attempt: (limit: Ms) => `not finished within ${limit} ms`,
} as const;

function quoteStart({ text, aside }: AnswerBody, { key }: Call): string {
  const start = excerpt(text || (aside ?? ''), [key]);
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
  return excerpt(words.includes(code) ? words || code : `${code} ${words}`, []);
}

const readLimits = ({ limits }: Target) => ({ ...defaultAnswerLimits, ...limits.answer });

/** Each names the setting of a target, or of `defaults`, in arb.yaml. */
const tooLongWords: Readonly<
  Record<Extract<Ending, { kind: 'too-long' }>['of'], (limits: AnswerLimits) => string>
> = {
  body: ({ bytes }) => `the answer did not end within ${toMb(bytes)} MB (limits.answer_mb)`,
  'decoded body': ({ bytes }) =>
    `the decoded answer did not end within ${toMb(bytes)} MB (limits.answer_mb)`,
  pieces: ({ pieces }) => `the answer did not end within ${pieces} pieces (limits.answer_pieces)`,
  response: ({ responseBytes }) =>
    `the response did not end within ${toMb(responseBytes)} MB (limits.response_mb)`,
};

const toMb = (bytes: number) => Number((bytes / 2 ** 20).toFixed(3));
