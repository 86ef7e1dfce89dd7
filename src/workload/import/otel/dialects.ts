import { answerIn } from '../record/openai-answer.ts';
import { toMessages } from '../record/openai-body.ts';
import { fromParts, outputText, unflatten } from '../record/part-messages.ts';
import {
  type Fields,
  fromJsonText,
  known,
  toAmount,
  toFields,
  toList,
  toText,
} from '../record/values.ts';

/** What a span of a model call says, in one form for all instrumentations. */
export interface ModelCall {
  readonly messages?: readonly Fields[];
  /** Present where the messages hold something that a chat body cannot carry. */
  readonly fault?: string;
  readonly parameters: Fields;
  readonly answer?: string | undefined;
  readonly model?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly ttftMs?: number | undefined;
  readonly cost?: number | undefined;
  readonly task?: string | undefined;
  readonly session?: string | undefined;
}

interface Dialect {
  readonly isCall: (attributes: Fields) => boolean;
  readonly read: (attributes: Fields) => ModelCall;
}

/** By the attributes that name them; the first that fits reads a span. */
export const dialects = {
  openinference: {
    isCall: (a) => a['openinference.span.kind'] === 'LLM' || a['llm.model_name'] !== undefined,
    read: readOpenInference,
  },
  vercel: {
    isCall: (a) =>
      a['ai.prompt.messages'] !== undefined ||
      /\.do(?:Generate|Stream)$/.test(String(a['ai.operationId'] ?? '')),
    read: readVercel,
  },
  genai: {
    isCall: (a) =>
      (a['gen_ai.system'] !== undefined ||
        a['gen_ai.provider.name'] !== undefined ||
        a['gen_ai.request.model'] !== undefined) &&
      !/embed|tool|agent/.test(String(a['gen_ai.operation.name'] ?? 'chat')),
    read: readGenAi,
  },
} as const satisfies Record<string, Dialect>;

/** The call that a span's attributes tell of; nothing where the span is none. */
export function readCall(attributes: Fields): ModelCall | undefined {
  const dialect = Object.values(dialects).find((each) => each.isCall(attributes));
  return dialect?.read(attributes);
}

/** OpenTelemetry's GenAI conventions, present and earlier names. */
function readGenAi(a: Fields): ModelCall {
  const structured = a['gen_ai.input.messages'] ?? a['gen_ai.prompt'];
  const flat = unflatten(a, 'gen_ai.prompt');
  const given = toMessages(structured) ? fromParts(structured) : undefined;
  const messages = given ?? (flat.length > 0 ? toMessages(flat.map(fromFlat)) : undefined);
  const system = systemText(a['gen_ai.system_instructions']);
  const asked =
    messages && system !== undefined
      ? [{ role: 'system', content: system }, ...messages]
      : messages;
  const tools = toList(a['gen_ai.tool.definitions'] ?? a['llm.request.functions'])?.map(toTool);
  const flatAnswer = unflatten(a, 'gen_ai.completion')[0];
  return {
    ...(asked && { messages: asked }),
    ...(structured !== undefined && !messages && { fault: 'holds parts that a chat cannot carry' }),
    parameters:
      known({
        temperature: toAmount(a['gen_ai.request.temperature']),
        top_p: toAmount(a['gen_ai.request.top_p']),
        top_k: toAmount(a['gen_ai.request.top_k']),
        max_tokens: toAmount(a['gen_ai.request.max_tokens']),
        seed: toAmount(a['gen_ai.request.seed'] ?? a['gen_ai.openai.request.seed']),
        frequency_penalty: numberIn(a['gen_ai.request.frequency_penalty']),
        presence_penalty: numberIn(a['gen_ai.request.presence_penalty']),
        stop: toList(a['gen_ai.request.stop_sequences']),
        reasoning_effort: toText(a['gen_ai.request.reasoning.level']),
        tools: tools && tools.length > 0 ? tools : undefined,
      }) ?? {},
    answer:
      outputText(a['gen_ai.output.messages'] ?? a['gen_ai.completion']) ??
      toText(flatAnswer?.content),
    model: toText(a['gen_ai.response.model']) ?? toText(a['gen_ai.request.model']),
    inputTokens: toAmount(a['gen_ai.usage.input_tokens'] ?? a['gen_ai.usage.prompt_tokens']),
    outputTokens: toAmount(a['gen_ai.usage.output_tokens'] ?? a['gen_ai.usage.completion_tokens']),
    ttftMs: seconds(a['gen_ai.response.time_to_first_chunk']),
    cost: toAmount(
      a['gen_ai.usage.cost'] ?? a['gen_ai.usage.cost.amount'] ?? a['gen_ai.cost.total_cost'],
    ),
    task: toText(a['gen_ai.prompt.name']),
    session: toText(a['gen_ai.conversation.id'] ?? a['session.id']),
  };
}

/** OpenInference: flattened messages, parameters as JSON text. */
function readOpenInference(a: Fields): ModelCall {
  const messages = toMessages(
    unflatten(a, 'llm.input_messages').map((each) => fromInference(toFields(each.message) ?? each)),
  );
  const output = unflatten(a, 'llm.output_messages').map((each) =>
    fromInference(toFields(each.message) ?? each),
  );
  const value = toText(a['input.value']);
  const whole = toMessages(toFields(fromJsonText(value))?.messages);
  const {
    model: _,
    messages: __,
    stream: ___,
    ...parameters
  } = toFields(a['llm.invocation_parameters']) ?? {};
  const tools = unflatten(a, 'llm.tools').map((each) =>
    toTool(toFields(toFields(each.tool)?.json_schema) ?? each),
  );
  return {
    ...known({
      messages: messages ?? whole ?? (value === undefined ? undefined : toMessages(value)),
    }),
    parameters: {
      ...parameters,
      ...(tools.length > 0 && parameters.tools === undefined && { tools }),
    },
    answer: answerIn(output.at(-1)) ?? answerIn(a['output.value']),
    model: toText(a['llm.model_name']),
    inputTokens: toAmount(a['llm.token_count.prompt']),
    outputTokens: toAmount(a['llm.token_count.completion']),
    cost: toAmount(a['llm.cost.total']),
    session: toText(a['session.id']),
    task: toText(a['llm.prompt_template.name'] ?? a['metadata.task']),
  };
}

/** The Vercel AI SDK: messages as JSON text with parts of its own. */
function readVercel(a: Fields): ModelCall {
  const list = toList(a['ai.prompt.messages']) ?? [];
  const chats = list.map((each) => fromVercel(toFields(each) ?? {}));
  const fault = chats.some((each) => each === undefined);
  const tools = toList(a['ai.prompt.tools'])?.map((each) => toTool(fromJsonText(each)));
  const settings = known({
    temperature: toAmount(a['ai.settings.temperature'] ?? a['gen_ai.request.temperature']),
    top_p: toAmount(a['ai.settings.topP'] ?? a['gen_ai.request.top_p']),
    max_tokens: toAmount(
      a['ai.settings.maxOutputTokens'] ??
        a['ai.settings.maxTokens'] ??
        a['gen_ai.request.max_tokens'],
    ),
    seed: toAmount(a['ai.settings.seed']),
    tools: tools && tools.length > 0 ? tools : undefined,
  });
  const messages = fault ? undefined : toMessages(chats.flatMap((each) => each ?? []));
  return {
    ...(messages && { messages }),
    ...(fault && { fault: 'holds parts that a chat cannot carry' }),
    parameters: settings ?? {},
    answer: toText(a['ai.response.text'] ?? a['ai.response.object']),
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

function fromVercel(message: Fields): readonly Fields[] | undefined {
  if (typeof message.content === 'string') return [message];
  const content: Fields[] = [];
  const calls: Fields[] = [];
  const results: Fields[] = [];
  for (const each of toList(message.content) ?? []) {
    const part = toFields(each) ?? {};
    const id = part.toolCallId;
    if (part.type === 'text') content.push({ type: 'text', text: part.text });
    else if (part.type === 'tool-call') {
      const given = part.input ?? part.args ?? {};
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      calls.push({ id, type: 'function', function: { name: part.toolName, arguments: text } });
    } else if (part.type === 'tool-result') {
      const result = part.output ?? part.result;
      const text = typeof result === 'string' ? result : JSON.stringify(result ?? '');
      results.push({ role: 'tool', tool_call_id: id, content: text });
    } else if (part.type === 'image' && typeof part.image === 'string') {
      content.push({ type: 'image_url', image_url: { url: part.image } });
    } else if (part.type !== 'reasoning') return undefined;
  }
  if (results.length > 0) return results;
  const only = content.length === 1 && content[0]?.type === 'text' ? content[0].text : content;
  const said = content.length > 0 ? only : null;
  return [{ role: message.role, content: said, ...(calls.length > 0 && { tool_calls: calls }) }];
}

function fromInference(message: Fields): Fields {
  const parts = (toList(message.contents) ?? []).map((each) => {
    const inside = toFields(toFields(each)?.message_content) ?? {};
    const url = toText(toFields(toFields(inside.image)?.image)?.url);
    return url === undefined
      ? { type: 'text', text: inside.text }
      : { type: 'image_url', image_url: { url } };
  });
  const calls = (toList(message.tool_calls) ?? []).map((each) => {
    const call = toFields(toFields(each)?.tool_call) ?? {};
    const named = toFields(call.function) ?? {};
    return {
      id: toText(call.id) ?? '',
      type: 'function',
      function: { name: named.name, arguments: named.arguments },
    };
  });
  return {
    role: message.role,
    content: parts.length > 0 ? parts : (message.content ?? null),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...known({ tool_call_id: toText(message.tool_call_id), name: toText(message.name) }),
  };
}

/** OpenLLMetry's flat messages: text, or a list of parts as JSON text. */
function fromFlat(message: Fields): Fields {
  const calls = (toList(message.tool_calls) ?? []).map((each) => {
    const call = toFields(each) ?? {};
    return {
      id: toText(call.id) ?? '',
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    };
  });
  const content = toList(message.content) ?? message.content ?? null;
  return {
    role: message.role,
    content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...known({ tool_call_id: toText(message.tool_call_id) }),
  };
}

function toTool(value: unknown): Fields {
  const tool = toFields(value) ?? {};
  if (tool.function !== undefined) return tool;
  const { type: _, inputSchema, input_schema, parameters, ...rest } = tool;
  const schema = parameters ?? inputSchema ?? input_schema;
  return { type: 'function', function: { ...rest, ...known({ parameters: schema }) } };
}

function systemText(value: unknown): string | undefined {
  const parts = toList(value);
  if (!parts) return toText(value);
  const texts = parts.map((part) => toText(toFields(part)?.content ?? toFields(part)?.text) ?? '');
  return toText(texts.filter(Boolean).join('\n'));
}

const numberIn = (value: unknown) => (typeof value === 'number' ? value : undefined);

function seconds(value: unknown): number | undefined {
  const amount = toAmount(value);
  return amount === undefined ? undefined : amount * 1_000;
}
