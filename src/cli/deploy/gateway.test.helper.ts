import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A gateway that walks chains it was given, and says where it landed as LiteLLM does. */
export interface TinyGateway {
  readonly url: string;
  close(): void;
}

export interface Habits {
  /** By rule: whom it asks, in this order. */
  readonly chains: Readonly<Record<string, readonly string[]>>;
  /** Base URL of the providers. */
  readonly upstream: string;
  /** What it says whom it asked, where it lies. */
  readonly says?: string;
  /** How long it thinks before it moves on. */
  readonly pauseMs?: number;
  /** How long it waits for a provider. */
  readonly patienceMs?: number;
}

export async function startGateway(habits: Habits): Promise<TinyGateway> {
  const server = createServer(async (request, response) => {
    const rule = decodeURIComponent(String(request.headers['x-arb-tier']));
    const body = JSON.parse((await read(request)) || '{}');
    for (const [at, target] of (habits.chains[rule] ?? []).entries()) {
      if (at > 0) await sleep(habits.pauseMs ?? 0);
      const answer = await fetch(`${habits.upstream}/${target}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ ...body, model: `m-${target}` }),
        signal: AbortSignal.timeout(habits.patienceMs ?? 10_000),
      }).catch(() => undefined);
      if (!answer?.ok) continue;
      const text = await answer.text();
      const group = `arb/${habits.says ?? target}`;
      response.writeHead(200, { 'x-arb-tier': rule, 'x-litellm-model-group': group });
      response.end(text);
      return;
    }
    response.writeHead(503);
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
