import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Every target of every generated policy, on one loopback port: `/<target>/v1/chat/completions`
 * answers as that target, or fails as the request's `user` field tells it to (or `arb_orders`, or
 * the last message: gateways differ in what they let through).
 */
export interface Upstream {
  readonly url: string;
  /** The targets that one request reached, in order, each attempt once. */
  readonly hits: (id: string) => readonly string[];
  readonly close: () => void;
}

export type Fault = 429 | 503 | 'hang';

/** What that field of a test request holds. */
export interface Orders {
  readonly id: string;
  readonly faults: Readonly<Record<string, Fault>>;
}

/** Longer than any attempt timeout of the generated policies, short enough to end the run. */
const HANG_MS = 2_500;

export async function startUpstream(): Promise<Upstream> {
  const seen = new Map<string, string[]>();
  const server = createServer((request, response) => {
    answer(request, response, seen).catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    hits: (id) => seen.get(id) ?? [],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  seen: Map<string, string[]>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const target = request.url?.split('/')[1] ?? '';
  const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
  const { id, faults } = ordersIn(body);
  seen.set(id, [...(seen.get(id) ?? []), target]);
  const fault = faults[target];
  if (fault === 'hang') await new Promise((resolve) => setTimeout(resolve, HANG_MS));
  if (fault === undefined || fault === 'hang') return complete(response, body, target);
  response.writeHead(fault, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message: `told to fail with ${fault}`, type: 'test' } }));
}

interface Body {
  readonly user?: string;
  readonly arb_orders?: string;
  readonly messages?: readonly { readonly content?: unknown }[];
}

function ordersIn({ user, arb_orders, messages }: Body): Orders {
  const content = messages?.at(-1)?.content;
  const [part] = Array.isArray(content) ? content : [{ text: content }];
  const last = String(part?.text ?? '');
  return JSON.parse(user ?? arb_orders ?? (last.startsWith('{"id"') ? last : NO_ORDERS));
}

const NO_ORDERS = '{"id":"","faults":{}}';

function complete(response: ServerResponse, body: { stream?: boolean }, target: string): void {
  const base = { id: 'chatcmpl-1', created: 1, model: target };
  const content = `answered by ${target}`;
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  if (body.stream) {
    const chunk = (delta: object, finish_reason: string | null) =>
      `data: ${JSON.stringify({
        ...base,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason }],
      })}\n\n`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      `${chunk({ role: 'assistant', content }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`,
    );
    return;
  }
  const message = { role: 'assistant', content };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage,
    }),
  );
}
