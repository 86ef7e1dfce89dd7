import { object, text } from '../../workload/json.ts';
import type { ErrorBody } from './error-body.ts';
import type { FailureReason } from './failure.ts';

/** One kind of error, by its codes and types and by its message. */
interface Kind {
  readonly reason: FailureReason;
  /** Of code, type, status and the like, joined by spaces, in lower case. */
  readonly words?: RegExp;
  readonly message?: RegExp;
}

/**
 * The kinds that are what they are whatever the status says, most certain first: gateways wrap them in
 * statuses of their own. All but the last two stay as they are however often they are tried.
 */
const kinds: readonly Kind[] = [
  // Bedrock's ThrottlingException, in words that elsewhere mean a prompt that never fits.
  { reason: 'rate-limited', message: /too many tokens(?: per \w+)?, please wait/i },
  {
    reason: 'content-filter',
    words:
      /content_?filter|content_?policy|responsible_?ai|moderation|safety|data_inspection|sensitive|\b1301\b|guardrail|flagged/,
    message:
      /requires moderation|(?:was|been) flagged|content (?:management|moderation) policy|content_?policy_?violation|contentpolicyviolation|usage (?:policies|guidelines).{0,40}violat|violat\w+ .{0,60}(?:usage|content|safety) (?:polic|guidelin)|inappropriate content|blocked by .{0,40}(?:safety|filter|guardrail)/i,
  },
  {
    reason: 'context-overflow',
    words:
      /context_?length|context_?window|string_above_max|request_too_large|tokens_limit_reached|prompt_too_long|payload_too_large/,
    message:
      /context.{0,20}(length|window|size|limit)|maximum context|too many (input )?tokens|prompt is too long|input.{0,20}too long|exceeds? the (maximum|max) (number of )?tokens|token count.{0,40}exceeds|request (?:is )?too large|maximum (?:input|prompt) length|reduce the length of|contextwindowexceeded|max_(?:new_|completion_)?tokens`? must be <=/i,
  },
  // Out of credit: waiting does not help, and every further request fails alike.
  {
    reason: 'auth',
    words:
      /insufficient_(?:user_)?(?:quota|balance|credit|fund)|billing|payment_required|exceeded_current_quota|credit_?balance|arrearage|budget_?exceeded|access_terminated|set_?limit_?exceeded|\b(?:1112|1113)\b/,
    message:
      /insufficient (?:account )?(?:balance|credits?|funds|quota)|credit balance is too low|(?:out of|not enough|no|requires? more|add more|used all (?:available|your)) credits?\b|payment required|budget has been exceeded|exceeded ?budget|monthly spending limit|overdue payment|account .{0,30}(?:locked|suspended|deactivated|in arrears|terminated)|used up your .{0,40}(?:allocation|quota|credits)|quota exceeded .{0,200}\blimit: 0\b/is,
  },
  {
    reason: 'auth',
    words:
      /invalid_?api_?key|incorrect_api_key|api_key_invalid|authentication|unauthori[sz]ed|unauthenticated|permission|access_?denied|account_deactivated|unsupported_country|\b(?:1000|1001|1002|1003|1004)\b/,
    // Google calls a wrong key an invalid argument.
    message:
      /api key (not valid|expired|not found)|(?:invalid|incorrect|missing|expired) (?:api|access|auth)[ -]?(?:key|token)|access token (?:is )?(?:invalid|expired)|no auth credentials|authenticationerror|permissiondenied/i,
  },
  {
    reason: 'server-error',
    words:
      /overloaded|engine_overload|model_not_ready|modelnotready|capacity_exceeded|lock_timeout/,
    message:
      /\boverloaded\b|capacity (?:is )?exceeded|at capacity|temporarily (?:unavailable|out of capacity)|model .{0,40}(?:is (?:currently )?loading|not ready|warming up)/i,
  },
  {
    reason: 'rate-limited',
    words:
      /rate_?limit|resource_?exhausted|too_?many_?requests|throttl|concurrency_?limit|\b130[2345]\b/,
    message:
      /rate limit|too many requests|throttl|ratelimiterror|(?:request|qps|rpm|tpm) limit (?:is )?(?:reached|exceeded)/i,
  },
];

/** What a response with an error status means: its body first, then its status. */
export function classifyResponse(status: number, error: ErrorBody): FailureReason {
  if (status < 400) return 'bad-request';
  const byBody = findKind(error);
  const byStatus = classifyStatus(status);
  // A status that is sure of itself is refined by the kinds that are final, and by no others.
  if (byBody === 'server-error' || byBody === 'rate-limited') {
    if (status === 401 || status === 403) return byStatus;
    if (status >= 500) return byBody === 'rate-limited' ? byBody : byStatus;
    return byBody;
  }
  if (byBody) return byBody;
  return byStatus === 'bad-request' ? (findPlain(error) ?? byStatus) : byStatus;
}

/**
 * The reason of an error object inside an answer, by its code, type and message; `otherwise` where
 * none of them is known.
 */
export function classifyError(
  error: ErrorBody,
  otherwise: FailureReason = 'server-error',
): FailureReason {
  return findKind(error) ?? findPlain(error) ?? otherwise;
}

function findKind(error: ErrorBody): FailureReason | undefined {
  const words = readWords(error);
  const message = readMessage(error);
  if (isTooLargeForLimit(message)) return 'context-overflow';
  if (object(error.metadata)?.flagged_input !== undefined) return 'content-filter';
  const found = kinds.find(
    (kind) => kind.words?.test(words) || (message !== '' && kind.message?.test(message)),
  );
  return found?.reason;
}

/** What says little by itself, and less than a status that is sure. */
function findPlain(error: ErrorBody): FailureReason | undefined {
  const words = readWords(error);
  if (/timeout|deadline/.test(words)) return 'timeout';
  if (/server_error|api_error|internal|unavailable/.test(words)) return 'server-error';
  if (/invalid_request|invalid_argument|not_found|unprocessable/.test(words)) return 'bad-request';
  const nested = numberIn(error.code) ?? numberIn(error.status) ?? numberIn(error.status_code);
  return nested !== undefined && nested >= 400 && nested < 600 ? classifyStatus(nested) : undefined;
}

/**
 * OpenAI and Groq say it as a rate limit, with 429 or 413: `Limit 6000, Requested 12328`. Such a
 * request never fits, while one that only comes too early asks for less than the limit.
 */
function isTooLargeForLimit(message: string): boolean {
  const [, limit, requested] = /limit:? (\d+)\D.{0,40}requested:? (\d+)/i.exec(message) ?? [];
  return limit !== undefined && Number(requested) > Number(limit);
}

function readWords(error: ErrorBody): string {
  const metadata = object(error.metadata);
  const inner = object(error.innererror);
  return [error.code, error.type, error.status, error.reason, metadata?.error_type, inner?.code]
    .map((each) => (typeof each === 'number' ? String(each) : (text(each) ?? '')))
    .join(' ')
    .toLowerCase();
}

/** The message, and what an aggregator passes on of the provider's own words. */
function readMessage(error: ErrorBody): string {
  const raw = text(object(error.metadata)?.raw) ?? '';
  return `${text(error.message) ?? ''} ${raw}`.trim().slice(0, 4_000);
}

/** Never of an object, whose conversion could run into what the peer put there. */
function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : undefined;
}

function classifyStatus(status: number): FailureReason {
  if (status === 401 || status === 402 || status === 403) return 'auth';
  if (status === 413) return 'context-overflow';
  if (status === 429) return 'rate-limited';
  if (status === 408 || status === 504) return 'timeout';
  // Locked for now, or a lock that was not got in time.
  if (status === 409 || status === 423 || status === 425) return 'server-error';
  // The model broke (Bedrock's ModelErrorException), or the provider called the request off (Google).
  if (status === 424 || status === 499) return 'server-error';
  if (status >= 500) return 'server-error';
  return 'bad-request';
}
