import { lookUp } from '../../record.ts';
import { count, isObject, text } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
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
import { geminiReader } from './gemini-reader.ts';
import type { Wire } from './wire.ts';

/** Google's generateContent, streaming. */
export const gemini: Wire = {
  address(target, key) {
    const version = /\/v1(beta\d?)?$/.test(target.baseUrl) ? '' : '/v1beta';
    return {
      path: `${version}/models/${encodeURIComponent(target.model)}:streamGenerateContent?alt=sse`,
      headers: authorization(target, key),
    };
  },
  encode: (body, target) => generateBody(toolsFromFunctions(adapt(body, target)), target.model),
  reader: geminiReader,
};

const translated = [
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'n',
  'seed',
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'response_format',
  'reasoning_effort',
  'tools',
  'tool_choice',
];
const unsupported = listUnsupported('gemini');

function generateBody(body: ChatBody, model: string): Record<string, unknown> {
  const system = body.messages.filter(isSystem).map((message) => ({ text: joinText(message) }));
  const rest = omitFields(body, [...translated, ...unsupported]);
  // What the user sets goes to where it belongs and is not lost among what is translated.
  const { generationConfig: more, ...others } = rest;
  return {
    ...(system.length > 0 && { systemInstruction: { parts: system } }),
    contents: toContents(body.messages),
    generationConfig: { ...toConfig(body, model), ...(isObject(more) && more) },
    ...toTools(body),
    ...others,
  };
}

const isSystem = ({ role }: Message): boolean => role === 'system' || role === 'developer';

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: unknown[];
}

/** Contents of one side that follow each other are one: results of parallel calls come together. */
function toContents(messages: readonly Message[]): Content[] {
  const contents: Content[] = [];
  const names = new Map(messages.flatMap(parseToolCalls).map(({ id, name }) => [id, name]));
  for (const message of messages) {
    if (isSystem(message)) continue;
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = toParts(message, names);
    const last = contents.at(-1);
    if (last?.role === role) for (const each of parts) last.parts.push(each);
    else if (parts.length > 0) contents.push({ role, parts });
  }
  return contents;
}

function toParts(message: Message, names: ReadonlyMap<string, string>): unknown[] {
  if (message.role === 'tool' || message.role === 'function') {
    const id = text(message.tool_call_id) ?? '';
    const name = text(message.name) ?? names.get(id) ?? id;
    return [{ functionResponse: { name, response: toResult(joinText(message)) } }];
  }
  const calls = parseToolCalls(message).map(({ name, arguments: json }) => ({
    functionCall: { name, args: argumentsObject(json) },
  }));
  return [...parseParts(message).map(toPart), ...calls];
}

/** A function's result must be an object; `result` is the name that Google's own clients use. */
function toResult(said: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(said);
    return isObject(value) ? value : { result: value };
  } catch {
    return { result: said };
  }
}

function toPart(part: BodyPart): unknown {
  switch (part.kind) {
    case 'text':
      return { text: part.text };
    case 'image':
      return toMedia(part.url, 'image/jpeg');
    case 'file':
      return toMedia(part.data, 'application/pdf');
    case 'video':
      return toMedia(part.url, 'video/mp4');
    case 'audio':
      return { inlineData: { mimeType: `audio/${part.format}`, data: part.data } };
  }
}

const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
};

function toMedia(url: string, otherwise: string): unknown {
  const inline = dataUrl(url);
  if (inline) return { inlineData: { mimeType: inline.mediaType, data: inline.data } };
  if (!/^(https?|gs):/.test(url)) return { inlineData: { mimeType: otherwise, data: url } };
  const extension = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? '';
  return { fileData: { mimeType: lookUp(imageTypes, extension) ?? otherwise, fileUri: url } };
}

function toConfig(body: ChatBody, model: string): Record<string, unknown> {
  const format = parseFormat(body);
  const stops = parseStops(body);
  const numbers = {
    maxOutputTokens: count(body.max_completion_tokens) ?? count(body.max_tokens),
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    candidateCount: body.n,
    seed: body.seed,
    presencePenalty: body.presence_penalty,
    frequencyPenalty: body.frequency_penalty,
  };
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    ...(stops.length > 0 && { stopSequences: stops }),
    ...(format && { responseMimeType: 'application/json' }),
    ...(format?.kind === 'schema' && { responseJsonSchema: format.schema }),
    ...toThinking(text(body.reasoning_effort), model),
  };
}

/** As Google's own compatible endpoint maps the efforts for 2.5; later models have levels. */
const budgets: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
};

function toThinking(effort: string | undefined, model: string): Record<string, unknown> {
  if (effort === undefined) return {};
  const budget = lookUp(budgets, effort);
  if (/2[.-]5/.test(model)) {
    return budget === undefined ? {} : { thinkingConfig: { thinkingBudget: budget } };
  }
  return { thinkingConfig: { thinkingLevel: effort === 'none' ? 'minimal' : effort } };
}

const modes: Readonly<Record<string, string>> = { auto: 'AUTO', none: 'NONE', required: 'ANY' };

function toTools(body: ChatBody): Record<string, unknown> {
  const declarations = parseFunctions(body).map(({ name, description, parameters }) => ({
    name,
    ...(description !== undefined && { description }),
    ...(isObject(parameters) && { parametersJsonSchema: parameters }),
  }));
  if (declarations.length === 0) return {};
  const choice = parseToolChoice(body);
  const mode = typeof choice === 'string' ? lookUp(modes, choice) : choice && 'ANY';
  const only = typeof choice === 'object' && { allowedFunctionNames: [choice.name] };
  return {
    tools: [{ functionDeclarations: declarations }],
    ...(mode && { toolConfig: { functionCallingConfig: { mode, ...only } } }),
  };
}
