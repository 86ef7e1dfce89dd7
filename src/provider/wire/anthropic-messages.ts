import { lookUp } from '../../record.ts';
import { count, isObject, text } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import { defaultMaxTokens, refusesSampling, thinksByBudget } from '../dialect/anthropic-models.ts';
import {
  argumentsObject,
  type BodyPart,
  dataUrl,
  joinText,
  omitFields,
  parseFormat,
  parseFunctions,
  parseParts,
  parseStops,
  parseToolCalls,
  parseToolChoice,
} from '../dialect/chat-parts.ts';
import { toolsFromFunctions } from '../dialect/legacy-functions.ts';
import { adapt, authorization } from '../dialect/params.ts';
import { listUnsupported } from '../dialect/vocabulary.ts';
import { anthropicReader } from './anthropic-reader.ts';
import type { Wire } from './wire.ts';

/** Anthropic's Messages API. */
export const anthropicMessages: Wire = {
  address: (target, key) => ({
    path: target.baseUrl.endsWith('/v1') ? '/messages' : '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01', ...authorization(target, key) },
  }),
  encode: (body, target) => ({
    ...messagesBody(toolsFromFunctions(adapt(body, target)), target.model),
    model: target.model,
    stream: true,
  }),
  reader: anthropicReader,
};

/** The models before 4.6 think by budget, in tokens, the least of which is 1,024. */
const thinkingBudget: Readonly<Record<string, number>> = {
  low: 1_024,
  medium: 4_096,
  high: 16_384,
};

/** Said in other words below, or words that this wire has no counterpart for and refuses. */
const translated = [
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'temperature',
  'user',
];
const unsupported = listUnsupported('anthropic-messages');

function messagesBody(body: ChatBody, model: string): Record<string, unknown> {
  const stops = parseStops(body);
  const format = parseFormat(body);
  const effort = text(body.reasoning_effort);
  const budget = thinksByBudget(model) ? lookUp(thinkingBudget, effort ?? '') : undefined;
  const adaptive = !thinksByBudget(model) && effort !== undefined && effort !== 'none';
  const maxTokens = count(body.max_completion_tokens) ?? count(body.max_tokens);
  const system = toSystem(body.messages);
  const temperature = count(body.temperature);
  const user = text(body.user);
  const output = {
    ...(format?.kind === 'schema' && { format: { type: 'json_schema', schema: format.schema } }),
    ...(adaptive && { effort: effort === 'minimal' ? 'low' : effort }),
  };
  return {
    ...(system.length > 0 && { system }),
    messages: toTurns(body.messages),
    // Thinking counts against the limit, and must be less than it.
    max_tokens: (maxTokens ?? defaultMaxTokens) + (budget ?? 0),
    ...(budget !== undefined && { thinking: { type: 'enabled', budget_tokens: budget } }),
    ...(adaptive && { thinking: { type: 'adaptive' } }),
    // While it thinks only 1 is allowed, and never more than 1.
    ...(temperature !== undefined &&
      budget === undefined &&
      !refusesSampling(model) && { temperature: Math.min(1, temperature) }),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...toTools(body),
    ...(Object.keys(output).length > 0 && { output_config: output }),
    ...(user && { metadata: { user_id: user } }),
    ...omitFields(body, [
      ...translated,
      ...unsupported,
      ...(refusesSampling(model) ? ['top_p', 'top_k'] : []),
    ]),
  };
}

function toSystem(messages: readonly Message[]): unknown[] {
  return messages.filter(isSystem).flatMap((message) => parseParts(message).flatMap(toBlock));
}

const isSystem = ({ role }: Message): boolean => role === 'system' || role === 'developer';

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: unknown[];
}

/** Turns of one side that follow each other are one: results of parallel calls must come together. */
function toTurns(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (isSystem(message)) continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = toBlocks(message);
    const last = turns.at(-1);
    if (last?.role === role) for (const each of content) last.content.push(each);
    else if (content.length > 0) turns.push({ role, content });
  }
  return turns;
}

function toBlocks(message: Message): unknown[] {
  if (message.role === 'tool' || message.role === 'function') {
    const id = text(message.tool_call_id) ?? text(message.name) ?? '';
    return [{ type: 'tool_result', tool_use_id: id, content: toResultContent(message) }];
  }
  const calls = parseToolCalls(message).map(({ id, name, arguments: json }) => ({
    type: 'tool_use',
    id,
    name,
    input: argumentsObject(json),
  }));
  return [...parseParts(message).flatMap(toBlock), ...calls];
}

/** Text alone, or blocks where there are images in it. */
function toResultContent(message: Message): unknown {
  const parts = parseParts(message);
  return parts.some(({ kind }) => kind !== 'text') ? parts.flatMap(toBlock) : joinText(message);
}

function toBlock(part: BodyPart): unknown[] {
  switch (part.kind) {
    case 'text': {
      const control = part.cacheControl !== undefined && { cache_control: part.cacheControl };
      return part.text === '' ? [] : [{ type: 'text', text: part.text, ...control }];
    }
    case 'image': {
      const inline = dataUrl(part.url);
      const source = inline
        ? { type: 'base64', media_type: inline.mediaType, data: inline.data }
        : { type: 'url', url: part.url };
      return [{ type: 'image', source }];
    }
    case 'file': {
      const inline = dataUrl(part.data);
      const mediaType = inline?.mediaType ?? 'application/pdf';
      const data = inline?.data ?? part.data;
      return [{ type: 'document', source: { type: 'base64', media_type: mediaType, data } }];
    }
    // Kept from this wire before it is asked: see fit-request.ts.
    case 'audio':
    case 'video':
      return [];
  }
}

const choices: Readonly<Record<string, string>> = { auto: 'auto', none: 'none', required: 'any' };

function toTools(body: ChatBody): Record<string, unknown> {
  const tools = parseFunctions(body).map(({ name, description, parameters }) => ({
    name,
    ...(description !== undefined && { description }),
    input_schema: isObject(parameters) ? parameters : { type: 'object', properties: {} },
  }));
  if (tools.length === 0) return {};
  const choice = parseToolChoice(body);
  const type = typeof choice === 'string' ? lookUp(choices, choice) : choice && 'tool';
  const single = body.parallel_tool_calls === false && type !== 'none';
  const toolChoice = {
    ...(type !== undefined && { type }),
    ...(typeof choice === 'object' && { name: choice.name }),
    ...(single && { type: type ?? 'auto', disable_parallel_tool_use: true }),
  };
  return { tools, ...(Object.keys(toolChoice).length > 0 && { tool_choice: toolChoice }) };
}
