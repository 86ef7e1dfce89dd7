import { UsageError } from '../../errors.ts';
import { PlainTimeout, sendPlain } from '../../http/plain-client.ts';
import type { Send } from '../../verify/verify.ts';
import { clientOptions } from '../config/network.ts';
import type { Env } from '../context.ts';

/** The live gateway, and how long somebody waits for it. */
export interface LiveGateway {
  readonly url: string;
  /** Variable with the gateway's own key. */
  readonly keyEnv?: string;
  /** Gives up what is under way, as by Ctrl-C. */
  readonly stopped: AbortSignal;
}

/** A request that takes longer has failed. */
const TIMEOUT_MS = 120_000;

/** Sends one request after the other. @throws UsageError where nobody answers at the address. */
export function createSender({ url: base, keyEnv, stopped }: LiveGateway, env: Env): Send {
  const key = keyEnv === undefined ? undefined : env[keyEnv];
  if (keyEnv !== undefined && !key) {
    throw new UsageError(`verify: the variable ${keyEnv} is not set. Export it.`);
  }
  const network = clientOptions(env);
  const url = `${base.replace(/\/$/, '')}/chat/completions`;
  return async ({ headers, body }) => {
    const sentAt = performance.now();
    const tookMs = () => performance.now() - sentAt;
    try {
      const request = {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key && { authorization: `Bearer ${key}` }),
          ...headers,
        },
        body: JSON.stringify(body),
        signal: stopped,
        timeout: TIMEOUT_MS,
      } as const;
      const answer = await sendPlain(url, request, network);
      return {
        status: answer.status,
        headers: answer.headers,
        body: parseBody(answer.text) ?? answer.text,
        latency_ms: tookMs(),
      };
    } catch (cause) {
      if (stopped.aborted || cause instanceof UsageError) throw cause;
      if (cause instanceof PlainTimeout) return { status: 0, headers: {}, latency_ms: tookMs() };
      const what = `${url}: nobody answers (${describeFailure(cause)}).`;
      throw new UsageError(`${what} Is the gateway running?`, { cause });
    }
  };
}

/** Why a request failed, by its code where the network gave one. */
export function describeFailure(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code ?? message;
}

/** The answer as JSON; of a stream, the event with the usage, or else its last one. */
function parseBody(text: string): unknown {
  const events = [...text.matchAll(/^data: *(\{.*\}) *$/gm)].map(([, data]) =>
    parseJson(data ?? ''),
  );
  const counted = events.findLast((event) => (event as { usage?: unknown } | undefined)?.usage);
  return counted ?? events.at(-1) ?? parseJson(text);
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
