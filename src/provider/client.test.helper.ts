import { afterEach, beforeEach } from 'vitest';
import type { Client, CompletedExchange, Exchange, FailedExchange } from './answer/exchange.ts';
import { createClient } from './client.ts';
import {
  plainTarget,
  type ScriptedAnswer,
  type ScriptedServer,
  scripted,
} from './scripted.test.helper.ts';
import type { Target } from './target/target.ts';
import { encodeBody } from './wire/wires.ts';

/** One event of a stream of chat completions. */
export const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
/** The end of such a stream. */
export const done = `${chunk({}, 'stop')}data: [DONE]\n\n`;
/** A whole stream with an answer in it. */
export const answered = `${chunk({ content: 'ok' })}${done}`;
export const body = { messages: [{ role: 'user', content: 'What is 6 times 7?' }], max_tokens: 30 };

/** A client of its own for each test. */
export let client: Client;
const servers: ScriptedServer[] = [];
beforeEach(() => {
  client = createClient();
});
afterEach(async () => {
  await client.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A server that is closed after the test. */
export async function serve(...scripts: ScriptedAnswer[]): Promise<ScriptedServer> {
  const server = await scripted(...scripts);
  servers.push(server);
  return server;
}

export interface Extra {
  target?: Partial<Target>;
  key?: string;
  signal?: AbortSignal;
}

export async function askServer(
  url: string,
  { target, key, signal }: Extra = {},
): Promise<Exchange> {
  const asked = plainTarget(url, target);
  return client.send({
    target: asked,
    body: encodeBody(body, asked),
    ...(key !== undefined && { key }),
    signal: signal ?? new AbortController().signal,
    requestId: 'r-1',
  });
}

export async function answerTo(
  script: ScriptedAnswer,
  extra: Extra = {},
): Promise<CompletedExchange> {
  const exchange = await askServer((await serve(script)).url, extra);
  if (exchange.state !== 'completed') throw new Error(`${exchange.reason}: ${exchange.error}`);
  return exchange;
}

export async function failureOf(
  script: ScriptedAnswer,
  extra: Extra = {},
): Promise<FailedExchange> {
  const exchange = await askServer((await serve(script)).url, extra);
  if (exchange.state !== 'failed') throw new Error(`completed: ${exchange.answer}`);
  return exchange;
}
