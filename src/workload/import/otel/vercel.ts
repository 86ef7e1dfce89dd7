import type { RecordedCall } from '../record/format.ts';
import { toMessages } from '../record/openai-body.ts';
import {
  asText,
  createTurn,
  imagePart,
  textPart,
  toChatMessages,
  toDataUrl,
  toToolCall,
  toToolResult,
} from '../record/turn.ts';
import {
  type Fields,
  fromJsonText,
  known,
  toAmount,
  toFields,
  toList,
  toText,
  toWord,
} from '../record/values.ts';
import type { Dialect, ModelCall } from './model-call.ts';
import { toChatTools } from './tools.ts';

/** The Vercel AI SDK: messages as JSON text with parts of its own. */
export const vercel: Dialect = {
  isCall: (a) =>
    a['ai.prompt.messages'] !== undefined ||
    /\.do(?:Generate|Stream)$/.test(toWord(a['ai.operationId'] ?? '')),
  read: readCall,
};

function readCall(a: Fields): ModelCall {
  const chats = (toList(a['ai.prompt.messages']) ?? []).map((each) =>
    fromVercel(toFields(each) ?? {}),
  );
  const fault = chats.some((each) => each === undefined);
  const settings = known({
    temperature: toAmount(a['ai.settings.temperature'] ?? a['gen_ai.request.temperature']),
    top_p: toAmount(a['ai.settings.topP'] ?? a['gen_ai.request.top_p']),
    max_tokens: toAmount(
      a['ai.settings.maxOutputTokens'] ??
        a['ai.settings.maxTokens'] ??
        a['gen_ai.request.max_tokens'],
    ),
    seed: toAmount(a['ai.settings.seed']),
    tools: toChatTools(toList(a['ai.prompt.tools'])?.map(fromJsonText)),
    tool_choice: toChoice(fromJsonText(a['ai.prompt.toolChoice'])),
  });
  const messages = fault ? undefined : toMessages(chats.flatMap((each) => each ?? []));
  return {
    messages,
    ...(fault && { fault: 'holds parts that a chat cannot carry' }),
    parameters: settings ?? {},
    answered: {
      ...known({
        answer: toText(a['ai.response.text'] ?? a['ai.response.object']),
        tool_calls: toCalls(a['ai.response.toolCalls']),
      }),
    },
    model: toText(a['ai.response.model'] ?? a['gen_ai.response.model'] ?? a['ai.model.id']),
    inputTokens: toAmount(
      a['ai.usage.promptTokens'] ?? a['ai.usage.inputTokens'] ?? a['gen_ai.usage.input_tokens'],
    ),
    outputTokens: toAmount(
      a['ai.usage.completionTokens'] ??
        a['ai.usage.outputTokens'] ??
        a['gen_ai.usage.output_tokens'],
    ),
    ttftMs: toAmount(a['ai.response.msToFirstChunk']),
    task: toText(a['ai.telemetry.functionId']),
    session: toText(a['ai.telemetry.metadata.sessionId'] ?? a['ai.telemetry.metadata.session']),
  };
}

function toCalls(value: unknown): readonly RecordedCall[] | undefined {
  const calls = (toList(value) ?? []).flatMap((each) => {
    const call = toFields(each);
    const name = toText(call?.toolName);
    return name === undefined ? [] : [{ name, arguments: asText(call?.input ?? call?.args ?? {}) }];
  });
  return calls.length > 0 ? calls : undefined;
}

/** `auto` is what is asked where nothing is said. */
function toChoice(value: unknown): unknown {
  const choice = toFields(value);
  if (choice?.type === 'tool') return { type: 'function', function: { name: choice.toolName } };
  return choice?.type === 'required' || choice?.type === 'none' ? choice.type : undefined;
}

function fromVercel(message: Fields): readonly Fields[] | undefined {
  if (typeof message.content === 'string') return [message];
  const turn = createTurn(message.role);
  for (const each of toList(message.content) ?? []) {
    const part = toFields(each) ?? {};
    const image = toImage(part);
    if (part.type === 'text') turn.said.push(textPart(part.text));
    else if (part.type === 'tool-call') {
      const given = part.input ?? part.args;
      turn.calls.push(toToolCall({ id: part.toolCallId, name: part.toolName, given }));
    } else if (part.type === 'tool-result') {
      turn.results.push(toToolResult(part.toolCallId, toResult(part.output ?? part.result)));
    } else if (image !== undefined) turn.said.push(imagePart(image));
    else if (part.type !== 'reasoning') return undefined;
  }
  return toChatMessages(turn);
}

/** Since version 5 a result says how it is written: `{type: 'text' | 'json', value}`. */
function toResult(output: unknown): unknown {
  const typed = toFields(output);
  return /^(?:error-)?(?:text|json)$/.test(toWord(typed?.type)) ? typed?.value : output;
}

/** The URL of a picture, in the part's words of version 4 (`image`) or of later ones (`file`). */
function toImage(part: Fields): string | undefined {
  const type = toText(part.mediaType ?? part.mimeType) ?? 'image/png';
  const data = part.type === 'image' ? (part.image ?? part.data) : part.data;
  const isImage = part.type === 'image' || (part.type === 'file' && type.startsWith('image/'));
  if (!isImage || typeof data !== 'string') return undefined;
  return /^(?:https?|data):/.test(data) ? data : toDataUrl(type, data);
}
