import { ms } from '../units.ts';
import type { ClientOptions } from './network/client-options.ts';
import { findPath } from './network/dialer.ts';

/** A request whose duration is nobody's measurement. */
export interface PlainRequest {
  /** @default 'GET' */
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
  /** Until the whole answer is there, in ms. @default 30,000 */
  readonly timeout?: number;
}

/** What came back, whatever its status: redirects are not followed. */
export interface PlainResponse {
  readonly status: number;
  /** By their names in lower case; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The answer was not there in time. */
export class PlainTimeout extends Error {}

const defaultTimeout = 30_000;

/** The longest price list of an aggregator has some thousand models, in 2 MB. */
const mostBytes = 64 * 1_024 * 1_024;

/**
 * Sends one request that is not timed, such as for a price list or to a gateway that is verified,
 * over the same proxies and certificates as measured requests take.
 * @throws PlainTimeout, or the network's error.
 */
export async function sendPlain(
  address: string,
  request: PlainRequest = {},
  options: ClientOptions = {},
): Promise<PlainResponse> {
  // Loaded here: 109 files, which most commands do without.
  const { Client } = await import('undici');
  const { method = 'GET', timeout = defaultTimeout } = request;
  const url = new URL(address);
  const path = findPath(new URL(url.origin), options);
  const late = AbortSignal.timeout(timeout);
  const client = new Client(url.origin, {
    allowH2: false,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxResponseSize: mostBytes,
    connect: (_, done) => {
      path.dial(ms(timeout)).then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      );
    },
  });
  try {
    const { statusCode, headers, body } = await client.request({
      method,
      path: `${path.prefix}${url.pathname}${url.search}`,
      headers: { 'user-agent': 'arb', ...request.headers, ...path.headers, host: url.host },
      body: request.body ?? null,
      signal: request.signal ? AbortSignal.any([request.signal, late]) : late,
    });
    return { status: statusCode, headers: joinAll(headers), text: await body.text() };
  } catch (cause) {
    if (late.aborted) throw new PlainTimeout(`no answer within ${timeout} ms`, { cause });
    throw cause;
  } finally {
    await client.destroy();
  }
}

function joinAll(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    joined[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return joined;
}
