import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ms } from '../units.ts';
import type { Target } from './target/target.ts';

/** What the server does next: write bytes, wait, break the connection, or be silent for good. */
export type Step = string | Buffer | { readonly wait: number } | 'reset' | 'hang';

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** A provider on loopback that plays scripts, and remembers what it was asked. */
export interface ScriptedServer {
  readonly url: string;
  readonly server: Server;
  readonly asked: { path: string; headers: IncomingHttpHeaders; body: string }[];
  readonly sockets: Set<Socket>;
  /** Connections so far. */
  opened(): number;
  /** `performance.now()` after each write, of the last answer. */
  readonly writtenAt: number[];
  close(): Promise<void>;
}

/** Plays `scripts` in turn, the last one again and again. */
export async function scripted(...scripts: readonly ScriptedAnswer[]): Promise<ScriptedServer> {
  const asked: ScriptedServer['asked'] = [];
  const sockets = new Set<Socket>();
  const writtenAt: number[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ path: request.url ?? '', headers: request.headers, body });
    const script = scripts[Math.min(asked.length, scripts.length) - 1];
    writtenAt.length = 0;
    if (script) await play(script, response, writtenAt);
  });
  let opened = 0;
  server.on('connection', (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    server,
    asked,
    sockets,
    opened: () => opened,
    writtenAt,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function play(
  script: ScriptedAnswer,
  response: ServerResponse,
  writtenAt: number[],
): Promise<void> {
  if (script.steps[0] === 'reset') {
    response.destroy();
    return;
  }
  if (script.steps[0] === 'hang') return;
  response.writeHead(script.status ?? 200, {
    'content-type': 'text/event-stream',
    ...script.headers,
  });
  for (const step of script.steps) {
    if (response.destroyed) return;
    if (step === 'hang') return;
    if (step === 'reset') response.destroy();
    else if (typeof step === 'object' && 'wait' in step) await sleep(step.wait);
    else {
      response.write(step);
      writtenAt.push(performance.now());
    }
  }
  response.end();
}

/** A target that nothing is special about. */
export function plainTarget(baseUrl: string, changes: Partial<Target> = {}): Target {
  return {
    name: 'plain',
    provider: 'openai-compatible',
    model: 'm-1',
    maker: 'unknown',
    via: 'direct',
    wire: 'openai-chat',
    baseUrl,
    headers: {},
    params: { set: {}, drop: [], rename: {} },
    timeouts: { connect: ms(2_000), firstToken: ms(2_000), attempt: ms(4_000) },
    limits: { concurrency: 8 },
    feePercent: 0,
    regions: [],
    role: 'candidate',
    ...changes,
  };
}
