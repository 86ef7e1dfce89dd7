import { count, list, object, text } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import { type AnswerEvent, type Delta, emptyEvent } from '../answer/answer-event.ts';
import { classifyError } from '../answer/http-failure.ts';
import { hasQuirk } from '../target/presets.ts';
import { responsesUsage } from '../usage/responses-usage.ts';
import {
  type ContentPart,
  joinText,
  parseFormat,
  parseFunctions,
  parseParts,
  parseToolCalls,
  parseToolChoice,
  without,
} from './chat-parts.ts';
import { adapt, authorization } from './params.ts';
import type { Wire } from './wire.ts';

/** OpenAI's Responses API, used without its memory: every request carries its whole history. */
export const openaiResponses: Wire = {
  address: (target, key) => ({ path: '/responses', headers: authorization(target, key) }),
  encode(body, target) {
    const padded = hasQuirk(target, 'obfuscation');
    return {
      ...responsesBody(adapt(body, target)),
      model: target.model,
      stream: true,
      ...(padded && { stream_options: { include_obfuscation: false } }),
    };
  },
  reader: () => ({
    event: (data) => (data === '[DONE]' ? { deltas: [], done: true } : read(JSON.parse(data))),
    whole(json) {
      const response = object(json) ?? {};
      const deltas = list(response.output).flatMap(outputDeltas);
      const refusal = parseRefusal(response);
      return { ...ending(response), deltas, ...(refusal && { refusal }) };
    },
  }),
};

const translated = [
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'tools',
  'tool_choice',
  'response_format',
  'reasoning_effort',
  'verbosity',
];
/** Words of chat completions that this wire refuses. */
const unsupported = [
  'n',
  'stop',
  'seed',
  'logit_bias',
  'logprobs',
  'presence_penalty',
  'frequency_penalty',
  'modalities',
  'audio',
  'prediction',
];

function responsesBody(body: ChatBody): Record<string, unknown> {
  const maxTokens = count(body.max_completion_tokens) ?? count(body.max_tokens);
  const effort = text(body.reasoning_effort);
  const tools = parseFunctions(body).map((tool) => ({ type: 'function', strict: false, ...tool }));
  const choice = parseToolChoice(body);
  const format = parseFormat(body);
  const verbosity = text(body.verbosity);
  const textual = {
    ...(format?.kind === 'json' && { format: { type: 'json_object' } }),
    ...(format?.kind === 'schema' && {
      format: { ...format, kind: undefined, type: 'json_schema' },
    }),
    ...(verbosity && { verbosity }),
  };
  return {
    input: body.messages.flatMap(toItems),
    ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
    ...(effort && { reasoning: { effort } }),
    ...(tools.length > 0 && { tools }),
    ...(tools.length > 0 &&
      choice !== undefined && {
        tool_choice: typeof choice === 'string' ? choice : { type: 'function', name: choice.name },
      }),
    ...(Object.keys(textual).length > 0 && { text: textual }),
    // Nothing is to be kept of what is only measured.
    store: false,
    ...without(body, [...translated, ...unsupported]),
  };
}

function toItems(message: Message): unknown[] {
  if (message.role === 'tool' || message.role === 'function') {
    const id = text(message.tool_call_id) ?? '';
    return [{ type: 'function_call_output', call_id: id, output: joinText(message) }];
  }
  const own = message.role === 'assistant';
  const content = parseParts(message).map((part) => toContent(part, own ? 'output' : 'input'));
  const calls = parseToolCalls(message).map(({ id, name, arguments: json }) => ({
    type: 'function_call',
    call_id: id,
    name,
    arguments: json,
  }));
  return [...(content.length > 0 ? [{ role: message.role, content }] : []), ...calls];
}

function toContent(part: ContentPart, side: 'input' | 'output'): unknown {
  switch (part.kind) {
    case 'text':
      return { type: `${side}_text`, text: part.text };
    case 'image':
      return { type: 'input_image', image_url: part.url, detail: part.detail ?? 'auto' };
    case 'file':
      return { type: 'input_file', file_data: part.data, filename: part.name ?? 'file.pdf' };
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
  }
}

function read(json: unknown): AnswerEvent {
  const event = object(json) ?? {};
  const index = count(event.output_index) ?? 0;
  const delta = text(event.delta) ?? '';
  switch (event.type) {
    case 'response.output_text.delta':
      return { deltas: [{ place: { kind: 'text', index: 0 }, text: delta }] };
    case 'response.reasoning_text.delta':
    case 'response.reasoning_summary_text.delta':
      return { deltas: [{ place: { kind: 'reasoning', index: 0 }, text: delta }] };
    case 'response.function_call_arguments.delta':
      return { deltas: [{ place: { kind: 'arguments', index }, text: delta }] };
    case 'response.output_item.added': {
      const item = object(event.item);
      if (item?.type !== 'function_call') return emptyEvent;
      return { deltas: [callDelta({ ...item, arguments: '' }, index)] };
    }
    case 'response.refusal.delta':
      return { deltas: [], refusal: delta };
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return ending(object(event.response) ?? {});
    case 'error': {
      const error = object(event.error) ?? event;
      const said = { ...error, type: error === event ? undefined : error.type };
      return {
        deltas: [],
        error: { reason: classifyError(said), message: text(error.message) ?? '' },
      };
    }
    default:
      return emptyEvent;
  }
}

function callDelta(item: Record<string, unknown>, index: number): Delta {
  const place = { kind: 'arguments', index } as const;
  return { place, text: text(item.arguments) ?? '', toolName: text(item.name) ?? '' };
}

/** The pieces of a whole answer. */
function outputDeltas(each: unknown, index: number): Delta[] {
  const item = object(each) ?? {};
  if (item.type === 'function_call') return [callDelta(item, index)];
  const kind = item.type === 'reasoning' ? 'reasoning' : 'text';
  return [...list(item.summary), ...list(item.content)].flatMap((part): Delta[] => {
    const said = text(object(part)?.text);
    return said ? [{ place: { kind, index: 0 }, text: said }] : [];
  });
}

function parseRefusal(response: Record<string, unknown>): string {
  return list(response.output)
    .flatMap((item) => list(object(item)?.content))
    .map((part) => text(object(part)?.refusal) ?? '')
    .join('');
}

/** What the last event says of the whole; its output repeats what came before. */
function ending(response: Record<string, unknown>): AnswerEvent {
  const rawUsage = object(response.usage);
  const usage = responsesUsage(rawUsage, response.output, {
    serviceTier: text(response.service_tier),
  });
  const servedModel = text(response.model);
  const error = object(response.error);
  const finish = finishReason(response);
  return {
    deltas: [],
    done: true,
    ...(finish && { finishReason: finish }),
    ...(usage && { usage }),
    ...(rawUsage && { rawUsage }),
    ...(servedModel && { servedModel }),
    ...(error && {
      error: { reason: classifyError(error), message: text(error.message) ?? 'error' },
    }),
  };
}

function finishReason(response: Record<string, unknown>): string | undefined {
  if (response.status === 'completed') {
    const called = list(response.output).some((item) => object(item)?.type === 'function_call');
    return called ? 'tool_calls' : 'stop';
  }
  if (response.status !== 'incomplete') return undefined;
  const reason = text(object(response.incomplete_details)?.reason);
  return reason === 'max_output_tokens' ? 'length' : (reason ?? 'incomplete');
}
