import { findApp } from './app.ts';
import type { ChatBody, Features, Message, WorkloadRequest } from './request.ts';

/** Every target and every gateway divides by the same number, so that all count alike. */
export const BYTES_PER_TOKEN = 4;

/** Features of a request by which rules may split; `metadata.<key>` is one besides. */
const featureNames = ['task', 'app', 'tools', 'json', 'vision', 'turns', 'input_tokens'];

/** Whether requests have a feature of this name. */
export function isFeature(name: string): boolean {
  return featureNames.includes(name) || /^metadata\..+$/.test(name);
}

/** Whether its values can be listed, as `when: {task: [chat]}` lists them: a length has too many. */
export const hasListedValues = (name: string) => isFeature(name) && name !== 'input_tokens';

/**
 * What a gateway can see of the request before anything is sent: `task`, `app`, `metadata.<key>`,
 * `input_tokens` (bytes / 4, see `inputTokens`), `tools`, `json`, `vision` and `turns`.
 */
export function readFeatures(
  request: Pick<WorkloadRequest, 'task' | 'metadata' | 'body'>,
): Features {
  const { body, metadata, task } = request;
  const app = findApp(request);
  const shown: Record<string, string | number | boolean> = {
    input_tokens: inputTokens(body),
    tools: (body.tools?.length ?? 0) > 0,
    json: wantsJson(body),
    vision: body.messages.some(hasImage),
    turns: body.messages.filter((message) => message.role === 'user').length,
  };
  if (task !== undefined) shown.task = task;
  if (app !== undefined) shown.app = app;
  for (const [key, value] of Object.entries(metadata)) shown[`metadata.${key}`] = String(value);
  return shown;
}

/**
 * The task or session of a request that no policy is at hand for: what the line says, which stands
 * for arb's header, else what its metadata says, as a policy looks by default.
 */
export function readNamed(
  name: 'task' | 'session',
  said: string | undefined,
  features: Features,
): string | undefined {
  const value = said ?? features[`metadata.${name}`];
  return value === undefined ? undefined : String(value);
}

/**
 * The feature `input_tokens`: ceil(UTF-8 bytes / 4) over the texts of the messages (with the tool
 * calls in them), the tools and the response format, these last as compact JSON.
 */
export function inputTokens(body: ChatBody): number {
  let bytes = 0;
  for (const message of body.messages) bytes += messageBytes(message);
  if (body.tools?.length) bytes += jsonBytes(body.tools);
  if (body.response_format) bytes += jsonBytes(body.response_format);
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

function messageBytes(message: Message): number {
  const bytes = listTexts(message).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return message.tool_calls ? bytes + jsonBytes(message.tool_calls) : bytes;
}

/** The texts of one message; images and other parts have none. */
export function listTexts(message: Message): string[] {
  if (typeof message.content === 'string') return [message.content];
  return (message.content ?? []).flatMap((part) => (part.text === undefined ? [] : [part.text]));
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function wantsJson(body: ChatBody): boolean {
  const format = body.response_format;
  if (typeof format !== 'object' || format === null || !('type' in format)) return false;
  return format.type === 'json_object' || format.type === 'json_schema';
}

function hasImage(message: Message): boolean {
  if (!Array.isArray(message.content)) return false;
  return message.content.some((part) => /image/.test(part.type));
}
