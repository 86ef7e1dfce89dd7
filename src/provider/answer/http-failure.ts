import { type Headers, header } from '../../http/headers.ts';
import { type Ms, ms, secondsToMs } from '../../units.ts';
import { count, list, object, text } from '../../workload/json.ts';
import { classifyResponse } from './classify-error.ts';
import { type ErrorBody, findErrorBody } from './error-body.ts';
import { excerpt } from './excerpt.ts';
import type { FailureReason } from './failure.ts';
import { parseDuration } from './response-headers.ts';

export interface HttpFailure {
  readonly reason: FailureReason;
  readonly error: string;
  readonly retryAfter?: Ms;
}

/** An answer with an error status. */
interface ErrorAnswer {
  readonly headers: Headers;
  readonly body: string;
  /** What must not be quoted from it. */
  readonly keys: readonly (string | undefined)[];
}

/** What an answer with an error status says, `now` being the wall clock for Retry-After dates. */
export function readHttpFailure(status: number, answer: ErrorAnswer, now: Date): HttpFailure {
  const error = readBody(answer.body);
  const reason = classifyResponse(status, error ?? { message: answer.body.slice(0, 2_000) });
  const wait = readRetryAfter(answer.headers, now) ?? readStatedWait(error);
  return {
    reason,
    error: `HTTP ${status}: ${describe(status, answer, error)}`,
    ...(wait !== undefined && { retryAfter: wait }),
  };
}

function describe(
  status: number,
  { headers, body, keys }: ErrorAnswer,
  error: ErrorBody | undefined,
): string {
  if (status >= 300 && status < 400) {
    const to = excerpt(header(headers, 'location') ?? 'nowhere', keys);
    return `redirected to ${to}; redirects are not followed, set base_url to the final address`;
  }
  const message = text(error?.message);
  const code = text(error?.code) ?? text(error?.type) ?? text(error?.status);
  if (message) return excerpt(code ? `${code}: ${message}` : message, keys);
  return excerpt(body, keys) || 'no explanation';
}

function readBody(body: string): ErrorBody | undefined {
  try {
    return findErrorBody(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/**
 * A wait that the body alone tells: Google's `{"@type": ".../RetryInfo", "retryDelay": "34s"}`, the
 * `estimated_time` of a model that Hugging Face loads, or the words of the message.
 */
function readStatedWait(error: ErrorBody | undefined): Ms | undefined {
  if (!error) return undefined;
  const said = list(error.details).map((each) => text(object(each)?.retryDelay) ?? '');
  const delay = parseDuration(said.find(Boolean) ?? '');
  if (delay !== undefined) return told(delay);
  const loading = count(error.estimated_time);
  if (loading !== undefined) return told(secondsToMs(loading));
  const [, words] = waitWords.exec((text(error.message) ?? '').slice(0, 2_000)) ?? [];
  return words === undefined ? undefined : told(parseDuration(shortenUnits(words)) ?? ms(0));
}

/** "Please try again in 6m0s", "please retry after 6 seconds", "wait 81232 seconds before retrying". */
const waitWords =
  /(?:(?:try(?: your request)? again|retry)(?: in| after)|please wait) ((?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b\s*)+|(?:\d+(?:\.\d+)?(?:ms|[hms]))+)/i;

const shortenUnits = (words: string) =>
  words
    .toLowerCase()
    .replaceAll(/milliseconds?/g, 'ms')
    .replaceAll(/\b(\d[\d.]*)\s*(?:seconds?|secs?)/g, '$1s')
    .replaceAll(/\b(\d[\d.]*)\s*(?:minutes?|mins?)/g, '$1m')
    .replaceAll(/\b(\d[\d.]*)\s*hours?/g, '$1h')
    .replaceAll(/\s/g, '');

/**
 * `retry-after-ms`, or Retry-After in seconds, as an HTTP date (RFC 9110, section 10.2.3) or, as some
 * gateways write it, as a duration: `2m59.56s`. A wait of 0, which Azure sends with each 429, tells nothing.
 */
export function readRetryAfter(headers: Headers, now: Date): Ms | undefined {
  const said = header(headers, 'retry-after-ms')?.trim() ?? '';
  const precise = said === '' ? undefined : (parseDuration(said) ?? ms(Number(said)));
  if (precise !== undefined && precise > 0) return precise;
  const value = header(headers, 'retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return told(secondsToMs(Number(value)));
  const duration = parseDuration(value);
  if (duration !== undefined) return told(duration);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : told(ms(date - now.getTime()));
}

const told = (wait: Ms): Ms | undefined => (wait > 0 ? wait : undefined);
