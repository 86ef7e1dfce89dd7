import { UsageError } from '../../errors.ts';
import type { Send } from '../../verify/verify.ts';
import type { Env } from '../context.ts';

/** The live gateway, and how long somebody waits for it. */
export interface Gateway {
  readonly url: string;
  /** Variable with the gateway's own key. */
  readonly keyEnv?: string;
  /** Gives up what is under way, as by Ctrl-C. */
  readonly stopped: AbortSignal;
}

/** A request that takes longer has failed. */
const TIMEOUT_MS = 120_000;

/** Sends one request after the other. @throws UsageError where nobody answers at the address. */
export function createSender({ url: base, keyEnv, stopped }: Gateway, env: Env): Send {
  const key = keyEnv === undefined ? undefined : env[keyEnv];
  if (keyEnv !== undefined && !key) {
    throw new UsageError(`verify: the variable ${keyEnv} is not set. Export it.`);
  }
  const url = `${base.replace(/\/$/, '')}/chat/completions`;
  return async ({ headers, body }) => {
    const sentAt = performance.now();
    const tookMs = () => performance.now() - sentAt;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key && { authorization: `Bearer ${key}` }),
          ...headers,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: bodyOf(text),
        latency_ms: tookMs(),
      };
    } catch (cause) {
      if (stopped.aborted) throw cause;
      const { name, message } = cause as Error;
      if (name === 'TimeoutError') return { status: 0, headers: {}, latency_ms: tookMs() };
      const what = `${url}: nobody answers (${reasonOf(cause) ?? message}).`;
      throw new UsageError(`${what} Is the gateway running?`, { cause });
    }
  };
}

/** Why a fetch failed: its own message says only that it did. */
export function reasonOf(error: unknown): string | undefined {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message;
}

/** The answer as JSON; of a stream, the event with the usage, or else its last one. */
function bodyOf(text: string): unknown {
  const events = [...text.matchAll(/^data: *(\{.*\}) *$/gm)].map(([, data]) => jsonOf(data ?? ''));
  const counted = events.findLast((event) => (event as { usage?: unknown } | undefined)?.usage);
  return counted ?? events.at(-1) ?? jsonOf(text);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
