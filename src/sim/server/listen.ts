import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../errors.ts';
import { errorBody } from './script.ts';

/** A server on loopback. */
export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Cuts off whoever is being served; resolves when all of them are accounted for. */
  close(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function listen(port: number, handler: Handler): Promise<Listening> {
  let open = 0;
  const accounted = Promise.withResolvers<void>();
  const leave = () => {
    open -= 1;
    if (open === 0 && !server.listening) accounted.resolve();
  };
  const server = createServer((request, response) => {
    open += 1;
    void handler(request, response)
      .catch((error: unknown) => {
        // A client that left in mid-request is its own business; anything else is told to it.
        if (!response.headersSent && !response.destroyed)
          sendError(response, 500, 'simulator', String(error));
        else response.destroy();
      })
      .then(leave);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const next =
        cause.code === 'EADDRINUSE' ? 'Choose another with --port.' : 'Choose another port.';
      reject(
        new UsageError(`cannot listen on 127.0.0.1:${port}: ${cause.message}. ${next}`, { cause }),
      );
    });
    server.listen(port, '127.0.0.1', 4096, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      // Whoever was cut off by this is still to be accounted for.
      if (open > 0) await accounted.promise;
    },
  };
}

/** The part of a path before `/v1/...`, decoded, and what follows. */
export function splitPath(url: string | undefined): { prefix: string; resource: string } {
  const path = (url ?? '/').split('?')[0] ?? '/';
  const at = path.lastIndexOf('/v1/');
  if (at < 0) return { prefix: '', resource: path };
  return {
    prefix: decodeURIComponent(path.slice(1, Math.max(1, at))),
    resource: path.slice(at + 3),
  };
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** An error in OpenAI's form. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(errorBody(status, code, message));
}
