import { list, object, text } from '../../workload/json.ts';
import type { ChatBody, Message } from '../../workload/request.ts';

/** A chat-completions body taken apart, for the wires that say the same in other words. */
export type BodyPart =
  | { readonly kind: 'text'; readonly text: string; readonly cacheControl?: unknown }
  | { readonly kind: 'image'; readonly url: string; readonly detail?: string }
  | { readonly kind: 'file'; readonly data: string; readonly name?: string }
  | { readonly kind: 'audio'; readonly data: string; readonly format: string }
  | { readonly kind: 'video'; readonly url: string };

export interface FunctionTool {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: unknown;
  readonly strict?: boolean;
}

export interface PastToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** The parts of a message; what is not known here was kept from the wire by `fitRequest`. */
export function parseParts({ content }: Pick<Message, 'content'>): BodyPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  return list(content).flatMap((each) => parsePart(object(each) ?? {}));
}

function parsePart(part: Record<string, unknown>): BodyPart[] {
  if (part.type === 'text') {
    const cacheControl = part.cache_control ?? undefined;
    const said = text(part.text) ?? '';
    return [{ kind: 'text', text: said, ...(cacheControl !== undefined && { cacheControl }) }];
  }
  if (part.type === 'image_url') {
    const image = object(part.image_url);
    const url = text(image?.url) ?? text(part.image_url);
    const detail = text(image?.detail);
    return url ? [{ kind: 'image', url, ...(detail && { detail }) }] : [];
  }
  if (part.type === 'file') {
    const file = object(part.file);
    const data = text(file?.file_data);
    const name = text(file?.filename);
    return data ? [{ kind: 'file', data, ...(name && { name }) }] : [];
  }
  if (part.type === 'video_url') {
    const url = text(object(part.video_url)?.url);
    return url ? [{ kind: 'video', url }] : [];
  }
  if (part.type === 'input_audio') {
    const audio = object(part.input_audio);
    const data = text(audio?.data);
    return data ? [{ kind: 'audio', data, format: text(audio?.format) ?? 'wav' }] : [];
  }
  return [];
}

/** The text of a message, its other parts left out. */
export function joinText(message: Pick<Message, 'content'>): string {
  return parseParts(message)
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('');
}

/** Media type and base64 of a `data:` URL. */
export function dataUrl(url: string): { mediaType: string; data: string } | undefined {
  const [, mediaType, data] = /^data:([^;,]+)[^,]*;base64,(.*)$/s.exec(url) ?? [];
  return mediaType !== undefined && data !== undefined ? { mediaType, data } : undefined;
}

/** The tool calls that an assistant's message made. */
export function parseToolCalls(message: Message): PastToolCall[] {
  return list(message.tool_calls).flatMap((each) => {
    const call = object(each);
    const called = object(call?.function);
    const name = text(called?.name);
    if (!name) return [];
    return [{ id: text(call?.id) ?? name, name, arguments: text(called?.arguments) || '{}' }];
  });
}

/** An object of arguments; what is no JSON object is wrapped, as no wire takes it bare. */
export function argumentsObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return object(value) ?? { value };
  } catch {
    return { value: json };
  }
}

export function parseFunctions({ tools }: Pick<ChatBody, 'tools'>): FunctionTool[] {
  return list(tools).flatMap((each) => {
    const tool = object(object(each)?.function);
    const name = text(tool?.name);
    if (!tool || !name) return [];
    const description = text(tool.description);
    return [
      {
        name,
        ...(description !== undefined && { description }),
        ...(tool.parameters !== undefined && { parameters: tool.parameters }),
        ...(typeof tool.strict === 'boolean' && { strict: tool.strict }),
      },
    ];
  });
}

/** `auto`, `none`, `required`, or the name of the one function to call. */
export function parseToolChoice(body: ChatBody): string | { readonly name: string } | undefined {
  const choice = body.tool_choice;
  const name = text(object(object(choice)?.function)?.name);
  return name === undefined ? text(choice) : { name };
}

export type AnswerFormat =
  | { readonly kind: 'json' }
  | { readonly kind: 'schema'; readonly schema: unknown; readonly name: string; strict?: boolean };

export function parseFormat(body: ChatBody): AnswerFormat | undefined {
  const format = object(body.response_format);
  if (format?.type === 'json_object') return { kind: 'json' };
  const described = object(format?.json_schema);
  if (format?.type !== 'json_schema' || described?.schema === undefined) return undefined;
  return {
    kind: 'schema',
    schema: described.schema,
    name: text(described.name) ?? 'answer',
    ...(typeof described.strict === 'boolean' && { strict: described.strict }),
  };
}

export function parseStops(body: ChatBody): string[] {
  const { stop } = body;
  if (typeof stop === 'string') return [stop];
  return list(stop).filter((each) => typeof each === 'string');
}

/** `body` without `names`: what is left goes out as it stands. */
export function omitFields(body: ChatBody, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}
