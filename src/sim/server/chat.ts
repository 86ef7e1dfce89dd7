import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody, sendError, sendJson } from './listen.ts';

/** The fields of a chat-completions request that the simulator looks at. */
export type ChatRequest = z.infer<typeof chatRequest>;

const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(z.unknown()).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  tools: z.unknown().optional(),
  response_format: z.unknown().optional(),
});

/** The request, or what is wrong with it. */
function parseChat(text: string): { request: ChatRequest } | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'The body is not JSON.' };
  }
  const parsed = chatRequest.safeParse(value);
  if (parsed.success) return { request: parsed.data };
  const issue = parsed.error.issues[0];
  return { fault: `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'invalid'}` };
}

/**
 * Receives a request under `/v1`: a list of `models` is answered at once, as is what is neither that
 * nor a chat completion, or has no readable body.
 * @returns the chat request that is still to be answered; undefined where it is answered.
 */
export async function receiveChat(
  request: IncomingMessage,
  response: ServerResponse,
  { resource, models }: { readonly resource: string; readonly models: () => readonly object[] },
): Promise<ChatRequest | undefined> {
  const { method, url } = request;
  if (method === 'GET' && resource === '/models') {
    sendJson(response, 200, { object: 'list', data: models() });
    return undefined;
  }
  if (method !== 'POST' || resource !== '/chat/completions') {
    sendError(response, 404, 'unknown_url', `Unknown request URL: ${method} ${url}.`);
    return undefined;
  }
  const parsed = parseChat(await readBody(request));
  if ('request' in parsed) return parsed.request;
  sendError(response, 400, 'invalid_request', parsed.fault);
  return undefined;
}

export function readMaxTokens(request: ChatRequest): number | undefined {
  return request.max_completion_tokens ?? request.max_tokens ?? undefined;
}
