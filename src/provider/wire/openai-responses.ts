import { count, text } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';
import {
  type BodyPart,
  joinText,
  omitFields,
  parseFormat,
  parseFunctions,
  parseParts,
  parseToolCalls,
  parseToolChoice,
} from '../dialect/chat-parts.ts';
import { toolsFromFunctions } from '../dialect/legacy-functions.ts';
import { adapt, authorization } from '../dialect/params.ts';
import { listUnsupported } from '../dialect/vocabulary.ts';
import { hasQuirk } from '../target/presets.ts';
import { responsesReader } from './responses-reader.ts';
import type { Wire } from './wire.ts';

/** OpenAI's Responses API, used without its memory: every request carries its whole history. */
export const openaiResponses: Wire = {
  address: (target, key) => ({ path: '/responses', headers: authorization(target, key) }),
  encode(body, target) {
    const padded = hasQuirk(target, 'obfuscation');
    return {
      ...responsesBody(toolsFromFunctions(adapt(body, target))),
      model: target.model,
      stream: true,
      ...(padded && { stream_options: { include_obfuscation: false } }),
    };
  },
  reader: responsesReader,
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
const unsupported = listUnsupported('openai-responses');

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
    ...omitFields(body, [...translated, ...unsupported]),
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

function toContent(part: BodyPart, side: 'input' | 'output'): unknown {
  switch (part.kind) {
    case 'text':
      return { type: `${side}_text`, text: part.text };
    case 'image':
      return { type: 'input_image', image_url: part.url, detail: part.detail ?? 'auto' };
    case 'file':
      return { type: 'input_file', file_data: part.data, filename: part.name ?? 'file.pdf' };
    // Kept from this wire before it is asked: see fit-request.ts.
    case 'video':
      return undefined;
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
  }
}
