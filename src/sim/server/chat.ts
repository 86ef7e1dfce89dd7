import { z } from 'zod';

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
export function parseChat(text: string): { request: ChatRequest } | { fault: string } {
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

export function maxTokensOf(request: ChatRequest): number | undefined {
  return request.max_completion_tokens ?? request.max_tokens ?? undefined;
}
