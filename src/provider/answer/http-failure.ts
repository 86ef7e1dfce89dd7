import { type Headers, header } from '../../http/headers.ts';
import { type Ms, ms, secondsToMs } from '../../units.ts';
import { list, object, text } from '../../workload/json.ts';
import { classifyResponse } from './classify-error.ts';
import { excerpt } from './excerpt.ts';
import type { FailureReason } from './failure.ts';

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
  const error = errorIn(answer.body);
  const reason = classifyResponse(status, error ?? { message: answer.body.slice(0, 2_000) });
  const wait = readRetryAfter(answer.headers, now) ?? readRetryDelay(error);
  return {
    reason,
    error: `HTTP ${status}: ${describe(status, answer, error)}`,
    ...(wait !== undefined && { retryAfter: wait }),
  };
}

function describe(
  status: number,
  { headers, body, keys }: ErrorAnswer,
  error: Record<string, unknown> | undefined,
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

/** The error object of the body: `{error: {...}}`, `{error: "..."}`, `[{error}]` or the body itself. */
function errorIn(body: string): Record<string, unknown> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const outer = object(Array.isArray(json) ? json[0] : json);
  if (!outer) return undefined;
  // Cloudflare and FastAPI say it in lists.
  const inner = object(outer.error) ?? object(outer.detail) ?? object(list(outer.errors)[0]);
  if (inner) return inner;
  const said = outer.error ?? outer.message ?? outer.detail;
  return { ...outer, message: text(said) ?? text(object(list(said)[0])?.msg) };
}

/** Google says in the body alone how long to wait, as `{"@type": ".../RetryInfo", "retryDelay": "34s"}`. */
function readRetryDelay(error: Record<string, unknown> | undefined): Ms | undefined {
  const said = list(error?.details).map((each) => text(object(each)?.retryDelay) ?? '');
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(said.find(Boolean) ?? '') ?? [];
  return seconds === undefined ? undefined : told(secondsToMs(Number(seconds)));
}

/**
 * `retry-after-ms`, or Retry-After in seconds or as an HTTP date (RFC 9110, section 10.2.3). A wait of
 * 0, which Azure sends with each 429, tells nothing.
 */
export function readRetryAfter(headers: Headers, now: Date): Ms | undefined {
  const precise = Number(header(headers, 'retry-after-ms') ?? Number.NaN);
  if (precise > 0) return ms(precise);
  const value = header(headers, 'retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return told(secondsToMs(Number(value)));
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : told(ms(date - now.getTime()));
}

const told = (wait: Ms): Ms | undefined => (wait > 0 ? wait : undefined);
