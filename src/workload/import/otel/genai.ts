import { type RecordedAnswer, readAnswer } from '../record/openai-answer.ts';
import { toMessages } from '../record/openai-body.ts';
import { fromParts, outputAnswer, unflatten } from '../record/part-messages.ts';
import { toToolCall } from '../record/turn.ts';
import {
  type Fields,
  known,
  toAmount,
  toFields,
  toList,
  toText,
  toWord,
} from '../record/values.ts';
import type { Dialect, ModelCall } from './model-call.ts';
import { toChatTools } from './tools.ts';

/** OpenTelemetry's GenAI conventions, present and earlier names, OpenLLMetry's among them. */
export const genAi: Dialect = {
  isCall: (a) =>
    (a['gen_ai.system'] !== undefined ||
      a['gen_ai.provider.name'] !== undefined ||
      a['gen_ai.request.model'] !== undefined) &&
    // OpenLLMetry names the kind in an attribute of its own.
    !/embed|rerank|tool|agent|workflow/.test(
      toWord(a['gen_ai.operation.name'] ?? a['llm.request.type'] ?? 'chat'),
    ),
  read: readCall,
};

function readCall(a: Fields): ModelCall {
  const structured = a['gen_ai.input.messages'] ?? a['gen_ai.prompt'];
  const flat = unflatten(a, 'gen_ai.prompt').map(fromFlat);
  const given = toMessages(structured) ? fromParts(structured) : undefined;
  const messages = given ?? (flat.length > 0 ? toMessages(flat) : undefined);
  const system = systemText(a['gen_ai.system_instructions']);
  const asked =
    messages && system !== undefined
      ? [{ role: 'system', content: system }, ...messages]
      : messages;
  const tools = toList(a['gen_ai.tool.definitions'] ?? a['llm.request.functions']);
  return {
    messages: asked,
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
        tools: toChatTools(tools ?? unflatten(a, 'llm.request.functions')),
      }) ?? {},
    answered: readAnswered(a),
    model: toText(a['gen_ai.response.model']) ?? toText(a['gen_ai.request.model']),
    inputTokens: toAmount(a['gen_ai.usage.input_tokens'] ?? a['gen_ai.usage.prompt_tokens']),
    outputTokens: toAmount(a['gen_ai.usage.output_tokens'] ?? a['gen_ai.usage.completion_tokens']),
    ttftMs: seconds(a['gen_ai.response.time_to_first_chunk']),
    cost: toAmount(
      a['gen_ai.usage.cost'] ?? a['gen_ai.usage.cost.amount'] ?? a['gen_ai.cost.total_cost'],
    ),
    task: toText(a['gen_ai.prompt.name']),
    session: toText(
      a['gen_ai.conversation.id'] ??
        a['session.id'] ??
        a['traceloop.association.properties.session_id'],
    ),
  };
}

function readAnswered(a: Fields): RecordedAnswer {
  const output = a['gen_ai.output.messages'] ?? a['gen_ai.completion'];
  if (output !== undefined) return outputAnswer(output);
  const [flat] = unflatten(a, 'gen_ai.completion');
  return flat ? readAnswer(fromFlat({ role: 'assistant', ...flat })) : {};
}

/** OpenLLMetry's flat messages: text, or a list of parts as JSON text. */
function fromFlat(message: Fields): Fields {
  const calls = (toList(message.tool_calls) ?? []).map((each) => {
    const call = toFields(each);
    return toToolCall({ id: call?.id, name: call?.name, given: call?.arguments });
  });
  const content = toList(message.content) ?? message.content ?? null;
  return {
    role: message.role,
    content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...known({ tool_call_id: toText(message.tool_call_id) }),
  };
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
