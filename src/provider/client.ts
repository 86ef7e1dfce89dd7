import { UsageError } from '../errors.ts';
import { Origin } from './connection.ts';
import { Conversation } from './conversation.ts';
import type { Call, Client, ClientOptions } from './exchange.ts';
import { presetOf } from './presets.ts';
import { isLoopback } from './resolve-target.ts';
import type { Target } from './target.ts';
import type { WireRequest } from './wire.ts';
import { wires } from './wires.ts';

/**
 * A client over HTTP/1.1 with one connection per exchange in flight, kept alive and never
 * pipelined, TLS verified. It reads no environment: proxies and certificates are told.
 */
export function createClient(options: ClientOptions = {}): Client {
  const origins = new Map<string, Origin>();
  const originOf = (target: Target): Origin => {
    const url = new URL(target.baseUrl);
    const known = origins.get(url.origin);
    if (known) return known;
    const origin = new Origin(new URL(url.origin), options);
    origins.set(url.origin, origin);
    return origin;
  };
  return {
    warm: (target, connections) => originOf(target).warm(connections, target.timeouts.connect),
    async send(call) {
      const wire = wires[call.target.wire];
      const request = wire.encode(call);
      const origin = originOf(call.target);
      const conversation = new Conversation(call, wire.reader());
      return conversation.hold(origin, {
        method: 'POST',
        path: pathOf(call.target, request),
        headers: headersOf(call, request),
        body: Buffer.from(request.body),
      });
    },
    async close() {
      await Promise.all([...origins.values()].map((origin) => origin.close()));
      origins.clear();
    },
  };
}

function pathOf(target: Target, request: WireRequest): string {
  const { pathname, search } = new URL(target.baseUrl);
  const path = `${pathname.replace(/\/+$/, '')}${request.path}`;
  if (!search) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${search.slice(1)}`;
}

function headersOf(call: Call, request: WireRequest): Record<string, string> {
  const { target, key, requestId } = call;
  if (key !== undefined && !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(key)) {
    throw new UsageError(
      `target "${target.name}": the value of ${target.apiKeyEnv ?? 'its key variable'} has characters that no header can carry (a line break, perhaps). Set the variable again.`,
    );
  }
  const preset = presetOf(target);
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream, application/json',
    // Compression would put the framing, and so the instants, at the mercy of its buffers.
    'accept-encoding': 'identity',
    'user-agent': 'arb',
    ...preset.headers,
    ...preset.cacheBypass?.headers,
    ...target.headers,
    ...request.headers,
    ...(isLoopback(target.baseUrl) && { 'x-arb-request': encodeURIComponent(requestId) }),
  };
}
