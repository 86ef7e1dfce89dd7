import { fromAnthropicBody, isAnthropicBody } from './anthropic.ts';
import { fromConverseBody, isConverseBody } from './converse.ts';
import type { Dropped } from './format.ts';
import { fromGeminiBody, isGeminiBody } from './gemini.ts';
import { fromLangChain } from './langchain.ts';
import { asText, untranslated } from './turn.ts';
import { type Fields, fromJsonText, known, toFields, toList, toText, toWord } from './values.ts';

/** What a request body becomes: a chat body, or why it cannot be one. */
export type BodyReading =
  | { readonly state: 'chat'; readonly request: Fields; readonly model?: string }
  | { readonly state: 'no prompt' }
  | { readonly state: 'other endpoint'; readonly why: string };

/** A body that is no request, as an import counts it; `why` says where prompts would come from. */
export function toDropped(reading: Exclude<BodyReading, { state: 'chat' }>, why?: string): Dropped {
  const said = reading.state === 'other endpoint' ? reading.why : why;
  return { state: 'dropped', reason: reading.state, ...(said !== undefined && { why: said }) };
}

/**
 * A body of chat completions, OpenAI's responses, Anthropic's messages, Gemini or Converse as a chat
 * body. Text, images, tools, tool calls and parameters are kept as they are; a part that a chat body
 * cannot carry makes it another endpoint's.
 */
export function toChatBody(value: unknown): BodyReading {
  const body = toFields(value);
  if (!body) return { state: 'no prompt' };
  const model = toText(body.model);
  const request = readBody(body);
  if (typeof request === 'string') return { state: 'other endpoint', why: request };
  if (!request) return { state: 'no prompt' };
  return { state: 'chat', request, ...(model !== undefined && { model }) };
}

/** Models that answer with vectors, pictures or speech: their `input` and `prompt` are no chat's. */
const OTHER_MODELS =
  /embed|dall-e|gpt-image|imagen|\btts|-tts|whisper|transcribe|moderation|rerank/i;

function readBody(body: Fields): Fields | string | undefined {
  if (OTHER_MODELS.test(toWord(body.model)) && body.messages === undefined)
    return toWord(body.model);
  if (isGeminiBody(body)) return fromGeminiBody(body);
  if (body.input !== undefined && body.messages === undefined) return fromResponses(body);
  if (isConverseBody(body)) return fromConverseBody(body);
  return isAnthropicBody(body) ? fromAnthropicBody(body) : fromChat(body);
}

/** What loggers write where they cut a text. */
const cutMark = /litellm_truncated|\.\.\. \(truncated|\[truncated\]|\(truncated \d+ chars?\)/i;

/** What all of them have: an eighth of the time of a plain search, which stops at every letter of it. */
const cutStart = /[_([]trunc/i;

/** Whether a text of a request was cut by the logger: it asks something else than the user did. */
export function isTruncated(request: unknown): boolean {
  if (typeof request === 'string') return cutStart.test(request) && cutMark.test(request);
  if (typeof request !== 'object' || request === null) return false;
  // Over the keys of a list the loop below takes seven times as long.
  if (Array.isArray(request)) return request.some(isTruncated);
  for (const key in request) {
    if (isTruncated((request as Readonly<Record<string, unknown>>)[key])) return true;
  }
  return false;
}

function fromChat(body: Fields): Fields | string | undefined {
  const messages = toMessages(body.messages);
  if (messages) return { ...untranslated(body, []), messages };
  const prompt = toText(body.prompt) ?? toText(body.inputText);
  if (prompt === undefined) return undefined;
  if (isTemplated.test(prompt)) return "holds a prompt in a model's own template";
  const rest = untranslated(body, ['messages', 'prompt', 'inputText', 'textGenerationConfig']);
  return { ...rest, messages: [{ role: 'user', content: prompt }] };
}

/** Marks that models of Meta, Mistral and others put between turns: as a chat it asks something else. */
const isTemplated =
  /<\|(?:begin_of_text|start_header_id|im_start|user)\|>|\[INST\]|^\s*Human: .*\n\s*Assistant:/s;

/** Messages of a chat, also as JSON text or as a single text; nothing where there is none to answer. */
export function toMessages(value: unknown): readonly Fields[] | undefined {
  const given = fromJsonText(value);
  if (typeof given === 'string')
    return given === '' ? undefined : [{ role: 'user', content: given }];
  const list = toList(given);
  if (!list || list.length === 0) return undefined;
  // LangChain asks for several answers at once.
  const [inner] = list;
  if (list.length === 1 && Array.isArray(inner) && typeof inner[0] === 'object') {
    return toMessages(inner);
  }
  const messages = list.map(toMessage);
  return messages.every((each) => each !== undefined) ? messages : undefined;
}

function toMessage(value: unknown): Fields | undefined {
  const message = toFields(value);
  return typeof message?.role === 'string' ? message : fromLangChain(value);
}

function fromResponses(body: Fields): Fields | string | undefined {
  if (body.previous_response_id != null || body.conversation != null) {
    return 'goes on from a stored response, which the log does not hold';
  }
  const items = toList(body.input) ?? [{ role: 'user', content: body.input }];
  const messages: Fields[] = [];
  const instructions = toText(body.instructions);
  if (instructions !== undefined) messages.push({ role: 'system', content: instructions });
  for (const item of items) {
    const message = toFields(item);
    if (!message) return undefined;
    const fault = addItem(messages, message);
    if (fault !== undefined) return fault;
  }
  if (messages.length === 0) return undefined;
  const tools = toChatTools(body.tools);
  if (typeof tools === 'string') return tools;
  const given = ['input', 'instructions', 'tools', 'text', 'max_output_tokens', 'reasoning'];
  const format = toFields(toFields(body.text)?.format);
  return {
    ...untranslated(body, [...given, 'previous_response_id', 'truncation', 'include']),
    messages,
    ...known({
      tools,
      response_format: format && toResponseFormat(format),
      max_completion_tokens: body.max_output_tokens,
      reasoning_effort: toFields(body.reasoning)?.effort,
    }),
  };
}

/** Adds one input item to the chat; gives back what cannot be said there. */
function addItem(messages: Fields[], item: Fields): string | undefined {
  const type = item.type ?? 'message';
  if (type === 'message') {
    const content = toChatContent(item.content);
    if (content === undefined) return 'holds parts that a chat message cannot carry';
    messages.push({ role: item.role, content });
    return undefined;
  }
  if (type === 'function_call') {
    const call = {
      id: item.call_id,
      type: 'function',
      function: { name: item.name, arguments: item.arguments },
    };
    messages.push({ role: 'assistant', content: null, tool_calls: [call] });
    return undefined;
  }
  if (type === 'function_call_output') {
    messages.push({ role: 'tool', tool_call_id: item.call_id, content: asText(item.output) });
    return undefined;
  }
  // What the model thought is not said again in a chat.
  return type === 'reasoning' ? undefined : `holds an item of the kind ${toWord(type)}`;
}

function toChatContent(value: unknown): unknown {
  if (typeof value === 'string') return value;
  const parts: unknown[] = [];
  for (const each of toList(value) ?? []) {
    const part = toFields(each);
    if (part?.type === 'input_text' || part?.type === 'output_text' || part?.type === 'text') {
      parts.push({ type: 'text', text: part.text });
    } else if (part?.type === 'input_image' && part.image_url != null) {
      const detail = part.detail != null && { detail: part.detail };
      parts.push({ type: 'image_url', image_url: { url: part.image_url, ...detail } });
    } else return undefined;
  }
  return parts;
}

function toChatTools(value: unknown): readonly Fields[] | string | undefined {
  const tools = toList(value);
  if (!tools || tools.length === 0) return undefined;
  const chat: Fields[] = [];
  for (const each of tools) {
    const tool = toFields(each);
    if (tool?.type !== 'function') return `uses the provider's own tool ${toWord(tool?.type)}`;
    const { type: _, ...rest } = tool;
    chat.push({ type: 'function', function: rest });
  }
  return chat;
}

function toResponseFormat(format: Fields): Fields | undefined {
  if (format.type !== 'json_schema') return format.type === 'text' ? undefined : format;
  const { type: _, ...schema } = format;
  return { type: 'json_schema', json_schema: schema };
}
