import { type Headers, header } from '../../http/headers.ts';
import { type Ms, ms, secondsToMs } from '../../units.ts';
import { isObject, list, object, text } from '../../workload/json.ts';
import type { FailureReason } from './failure.ts';

export interface HttpFailure {
  readonly reason: FailureReason;
  readonly error: string;
  readonly retryAfter?: Ms;
}

/** What an answer with an error status says, `now` being the wall clock for Retry-After dates. */
export function readHttpFailure(
  status: number,
  answer: { readonly headers: Headers; readonly body: string },
  now: Date,
): HttpFailure {
  const error = errorIn(answer.body);
  const byStatus = classifyStatus(status);
  // A status of 4xx is refined by what the body says of it; a 5xx or a redirect is what it is.
  const reason = byStatus === 'bad-request' && error ? classifyError(error, byStatus) : byStatus;
  const wait = readRetryAfter(answer.headers, now) ?? readRetryDelay(error);
  return {
    reason,
    error: `HTTP ${status}: ${describe(status, answer, error)}`,
    ...(wait !== undefined && { retryAfter: wait }),
  };
}

function describe(
  status: number,
  { headers, body }: { readonly headers: Headers; readonly body: string },
  error: Record<string, unknown> | undefined,
): string {
  if (status >= 300 && status < 400) {
    return `redirected to ${header(headers, 'location') ?? 'nowhere'}; set base_url to the final address`;
  }
  const message = text(error?.message);
  const code = text(error?.code) ?? text(error?.type) ?? text(error?.status);
  if (message) return excerpt(code ? `${code}: ${message}` : message);
  return excerpt(body) || 'no explanation';
}

/** One line of at most 300 characters, without control characters. */
export function excerpt(words: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  const line = words.replaceAll(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** The error object of the body: `{error: {...}}`, `{error: "..."}`, `[{error}]` or the body itself. */
function errorIn(body: string): Record<string, unknown> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const outer = Array.isArray(json) ? object(json[0]) : object(json);
  if (!outer) return undefined;
  if (isObject(outer.error)) return outer.error;
  const message = text(outer.error) ?? text(outer.message) ?? text(outer.detail);
  return { ...outer, message };
}

function classifyStatus(status: number): FailureReason {
  if (status === 401 || status === 403) return 'auth';
  if (status === 402) return 'auth';
  if (status === 429) return 'rate-limited';
  if (status === 408 || status === 504) return 'timeout';
  if (status >= 500) return 'server-error';
  return 'bad-request';
}

const contextOverflow =
  /context.{0,20}(length|window|size|limit)|maximum context|too many (input )?tokens|prompt is too long|input.{0,20}too long|exceeds? the (maximum|max) (number of )?tokens|token count.{0,40}exceeds/i;

/**
 * The reason of an error object by its code, type and message, as OpenAI, Anthropic, Google and
 * the aggregators word them; `otherwise` where none of them is known.
 */
export function classifyError(
  error: Readonly<Record<string, unknown>>,
  otherwise: FailureReason = 'server-error',
): FailureReason {
  const words = [error.code, error.type, error.status, object(error.metadata)?.error_type]
    .filter((each) => typeof each === 'string')
    .join(' ')
    .toLowerCase();
  const message = text(error.message) ?? '';
  if (/context_length|context_window|string_above_max/.test(words)) return 'context-overflow';
  if (contextOverflow.test(message)) return 'context-overflow';
  // Google calls a wrong key an invalid argument.
  if (/api key (not valid|expired|not found)|invalid api key/i.test(message)) return 'auth';
  if (/content_?filter|content_policy|responsible_ai|moderation|safety/.test(words)) {
    return 'content-filter';
  }
  if (/rate_?limit|resource_exhausted|too_many_requests/.test(words)) return 'rate-limited';
  if (/insufficient_quota|invalid_api_key|authentication|permission|unauth/.test(words)) {
    return 'auth';
  }
  if (/timeout|deadline/.test(words)) return 'timeout';
  if (/overloaded|server_error|api_error|internal|unavailable/.test(words)) return 'server-error';
  if (/invalid_request|invalid_argument|not_found/.test(words)) return 'bad-request';
  const status = Number(error.code ?? error.status);
  return status >= 400 && status < 600 ? classifyStatus(status) : otherwise;
}

/** Google says it in the body alone, as `{"@type": ".../RetryInfo", "retryDelay": "34s"}`. */
function readRetryDelay(error: Record<string, unknown> | undefined): Ms | undefined {
  const said = list(error?.details).map((each) => text(object(each)?.retryDelay) ?? '');
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(said.find(Boolean) ?? '') ?? [];
  return seconds === undefined ? undefined : secondsToMs(Number(seconds));
}

/** `retry-after-ms`, or Retry-After in seconds or as an HTTP date (RFC 9110, section 10.2.3). */
export function readRetryAfter(headers: Headers, now: Date): Ms | undefined {
  const precise = Number(header(headers, 'retry-after-ms') ?? Number.NaN);
  if (precise >= 0) return ms(precise);
  const value = header(headers, 'retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return secondsToMs(Number(value));
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : ms(Math.max(0, date - now.getTime()));
}
