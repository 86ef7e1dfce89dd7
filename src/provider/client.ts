import { UsageError } from '../errors.ts';
import { Origin } from '../http/connection.ts';
import { HttpExchange } from '../http/http-exchange.ts';
import type { ClientOptions } from '../http/network/client-options.ts';
import { isLoopback } from '../http/network/loopback.ts';
import type { EncodedRequest } from '../http/response-handler.ts';
import { AnswerHandler } from './answer/answer-handler.ts';
import type { Call, Client } from './answer/exchange.ts';
import { getPreset } from './target/presets.ts';
import { defaultAnswerLimits, type Target } from './target/target.ts';
import type { Address, Wire } from './wire/wire.ts';
import { wires } from './wire/wires.ts';

/**
 * A client over HTTP/1.1 with one connection per exchange in flight, kept alive and never
 * pipelined, TLS verified. It reads no environment: proxies and certificates are told.
 */
export function createClient(options: ClientOptions = {}): Client {
  const origins = new Map<string, Origin>();
  const routes = new WeakMap<Target, ResolvedRoute>();
  const findRoute = (target: Target): ResolvedRoute => {
    const known = routes.get(target);
    if (known) return known;
    const url = new URL(target.baseUrl);
    const origin = origins.get(url.origin) ?? new Origin(new URL(url.origin), options);
    origins.set(url.origin, origin);
    const wire = wires[target.wire];
    const route = { wire, url, origin, loopback: isLoopback(url), heads: new Map() };
    routes.set(target, route);
    return route;
  };
  return {
    warm: (target, connections) =>
      findRoute(target).origin.warm(connections, target.timeouts.connect),
    send(call) {
      const route = findRoute(call.target);
      const { timeouts, limits: own } = call.target;
      const mostBytes = own.answer?.responseBytes ?? defaultAnswerLimits.responseBytes;
      const limits = { timeouts, mostBytes, signal: call.signal };
      const handler = new AnswerHandler(call, route.wire.reader(call.target.provider));
      return new HttpExchange(route.origin, limits, handler).send(writeRequest(call, route));
    },
    async close() {
      for (const origin of origins.values()) origin.close();
    },
  };
}

/** What the wire and the base URL of a target come to. */
interface ResolvedRoute {
  readonly wire: Wire;
  readonly url: URL;
  readonly origin: Origin;
  readonly loopback: boolean;
  /** By key: the head of a request, up to what only the request itself can say. */
  readonly heads: Map<string | undefined, string>;
}

/** The request as it goes out (RFC 9112, section 3). */
function writeRequest(
  { target, key, requestId, body }: Call,
  route: ResolvedRoute,
): EncodedRequest {
  let head = route.heads.get(key);
  if (head === undefined) {
    head = writeHead(target, key, route);
    route.heads.set(key, head);
  }
  const label = route.loopback ? `x-arb-request: ${encodeURIComponent(requestId)}\r\n` : '';
  const length = Buffer.byteLength(body);
  const text = `${head}${label}content-length: ${length}\r\n\r\n${body}`;
  return { text, ascii: length === body.length };
}

function writeHead(target: Target, key: string | undefined, route: ResolvedRoute): string {
  if (key !== undefined && !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(key)) {
    throw new UsageError(
      `target "${target.name}": the value of ${target.apiKeyEnv ?? 'its key variable'} has characters that no header can carry (a line break, perhaps). Set the variable again.`,
    );
  }
  const address = route.wire.address(target, key);
  const { prefix, headers: proxyHeaders } = route.origin.path;
  let head = `POST ${prefix}${joinPath(route, address)} HTTP/1.1\r\nhost: ${route.url.host}\r\n`;
  for (const [name, value] of Object.entries({
    ...listHeaders(target, address),
    ...proxyHeaders,
  })) {
    if (!speakable.test(value)) {
      throw new UsageError(
        `target "${target.name}": the header ${name} has characters that no header can carry. Correct it in arb.yaml.`,
      );
    }
    head += `${name}: ${value}\r\n`;
  }
  return head;
}

/** A field value (RFC 9110, section 5.5), in ASCII. */
const speakable = /^[\t\x20-\x7e]*$/;

function joinPath({ url: { pathname, search } }: ResolvedRoute, address: Address): string {
  const path = `${pathname.replace(/\/+$/, '')}${address.path}`;
  if (!search) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${search.slice(1)}`;
}

function listHeaders(target: Target, address: Address): Record<string, string> {
  const preset = getPreset(target);
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream, application/json',
    // Compression would put the framing, and so the instants, at the mercy of its buffers.
    'accept-encoding': 'identity',
    'user-agent': 'arb',
    ...preset.headers,
    ...preset.cacheBypass?.headers,
    ...target.headers,
    ...address.headers,
  };
}
