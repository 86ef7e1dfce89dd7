import { type Headers, header } from '../../http/headers.ts';
import { type Ms, ms, secondsToMs } from '../../units.ts';
import { presetsByName } from '../target/presets.ts';
import type { Quota, RateLimitState } from './exchange.ts';

/** What gateways and aggregators say in headers about who answered, from where, and what is left. */

/**
 * True where the answer came from a response cache. LiteLLM sends `x-litellm-cache-key` with hits
 * only; the others name the outcome.
 */
export function isCacheHit(headers: Headers): boolean {
  if (header(headers, 'x-litellm-cache-key')) return true;
  return outcomeHeaders.some((name) => /\bhit\b|^true$/i.test(header(headers, name) ?? ''));
}

const outcomeHeaders = [...listAll('cacheHeaders'), 'x-cache'];
const servedByHeaders = listAll('servedByHeaders');

/** An address that is called otherwise may hide any of the gateways, so all of their names count. */
function listAll(kind: 'cacheHeaders' | 'servedByHeaders'): readonly string[] {
  return [...presetsByName.values()].flatMap((preset) => preset[kind] ?? []);
}

/** Who really answered, where a gateway says so. */
export function readServedBy(headers: Headers): string | undefined {
  for (const name of servedByHeaders) {
    const value = header(headers, name);
    if (value) return value;
  }
  return undefined;
}

/** The quotas of `x-ratelimit-*` (OpenAI and its kin) and `anthropic-ratelimit-*`. */
export function readRateLimit(headers: Headers, now?: Date): RateLimitState | undefined {
  // Most answers tell no quota, and to ask for each of its names costs more than to look once.
  let told = false;
  for (const name in headers) told ||= name.includes('ratelimit');
  if (!told) return undefined;
  const at = now ?? new Date();
  const requests = quota(headers, 'requests', at);
  const tokens = quota(headers, 'tokens', at);
  if (!requests && !tokens) return undefined;
  return { ...(requests && { requests }), ...(tokens && { tokens }) };
}

function quota(headers: Headers, of: 'requests' | 'tokens', now: Date): Quota | undefined {
  const say = (what: string) =>
    header(headers, `x-ratelimit-${what}-${of}`) ??
    header(headers, `anthropic-ratelimit-${of}-${what}`) ??
    // OpenRouter counts requests only, and says so without the word.
    (of === 'requests' ? header(headers, `x-ratelimit-${what}`) : undefined);
  const [limit, remaining] = [number(say('limit')), number(say('remaining'))];
  const resetAfter = reset(say('reset'), now);
  if (limit === undefined && remaining === undefined) return undefined;
  // A server that answers has no limit of 0: it does not count.
  if (limit === 0) return undefined;
  return {
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(resetAfter !== undefined && { resetAfter }),
  };
}

function number(value: string | undefined): number | undefined {
  if (!value?.trim()) return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) && parsed >= 0 ? parsed : undefined;
}

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** `6m0s` (OpenAI), `1.2` seconds, an instant (Anthropic) or epoch milliseconds (OpenRouter). */
function reset(value: string | undefined, now: Date): Ms | undefined {
  if (!value) return undefined;
  const plain = number(value);
  // Seconds until then never reach a billion, an epoch in seconds is always above it.
  if (plain !== undefined && plain < 1e9) return secondsToMs(plain);
  if (plain !== undefined) return until(plain < 1e11 ? plain * 1_000 : plain, now);
  const duration = parseDuration(value);
  if (duration !== undefined) return duration;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : until(date, now);
}

/** `6m0s`, `1d`, `370ms`; nothing for what is not written so. */
export function parseDuration(value: string): Ms | undefined {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== value.trim()) return undefined;
  const sum = parts.reduce(
    (total, [, amount, unit]) => total + Number(amount) * unitMs[unit as keyof typeof unitMs],
    0,
  );
  return ms(sum);
}

function until(epoch: number, now: Date): Ms {
  return ms(Math.max(0, epoch - now.getTime()));
}
