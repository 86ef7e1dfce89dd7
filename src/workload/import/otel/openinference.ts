import { readAnswer } from '../record/openai-answer.ts';
import { toChatBody, toMessages } from '../record/openai-body.ts';
import { unflatten } from '../record/part-messages.ts';
import { imagePart, textPart, toToolCall } from '../record/turn.ts';
import {
  type Fields,
  fromJsonText,
  known,
  toAmount,
  toFields,
  toList,
  toText,
} from '../record/values.ts';
import type { Dialect, ModelCall } from './model-call.ts';
import { toChatTools } from './tools.ts';

/** OpenInference (Phoenix, Arize): flattened messages, parameters as JSON text. */
export const openInference: Dialect = {
  isCall: (a) =>
    a['openinference.span.kind'] === 'LLM' ||
    (a['openinference.span.kind'] === undefined && a['llm.model_name'] !== undefined),
  read: readCall,
};

function readCall(a: Fields): ModelCall {
  const asked = readAsked(a);
  const output = unflatten(a, 'llm.output_messages').map((each) =>
    fromInference(toFields(each.message) ?? each),
  );
  const {
    model: _,
    messages: __,
    stream: ___,
    ...parameters
  } = toFields(a['llm.invocation_parameters']) ?? {};
  const tools = unflatten(a, 'llm.tools').map(
    (each) => toFields(toFields(each.tool)?.json_schema) ?? each,
  );
  const listed = parameters.tools === undefined ? known({ tools: toChatTools(tools) }) : undefined;
  const last = output.at(-1);
  return {
    ...asked,
    parameters: { ...asked.parameters, ...parameters, ...listed },
    answered: known(last ? readAnswer(last) : {}) ?? readAnswer(a['output.value']),
    model: toText(a['llm.model_name']),
    inputTokens: toAmount(a['llm.token_count.prompt']),
    outputTokens: toAmount(a['llm.token_count.completion']),
    cost: toAmount(a['llm.cost.total']),
    session: toText(a['session.id']),
    task: toText(a['llm.prompt_template.name'] ?? a['metadata.task']),
  };
}

/** Flattened messages, else the whole body, a list of messages or a text in `input.value`. */
function readAsked(a: Fields): Pick<ModelCall, 'messages' | 'fault' | 'parameters'> {
  const flat = unflatten(a, 'llm.input_messages').map((each) =>
    fromInference(toFields(each.message) ?? each),
  );
  const messages = toMessages(flat);
  if (messages) return { messages, parameters: {} };
  const value = fromJsonText(a['input.value']);
  const body = toChatBody(value);
  if (body.state === 'other endpoint') return { fault: body.why, parameters: {} };
  if (body.state !== 'chat') return { messages: toMessages(value), parameters: {} };
  const { messages: asked, ...parameters } = body.request;
  return { messages: toMessages(asked), parameters };
}

function fromInference(message: Fields): Fields {
  const parts = (toList(message.contents) ?? []).map((each) => {
    const inside = toFields(toFields(each)?.message_content) ?? {};
    const url = toText(toFields(toFields(inside.image)?.image)?.url);
    return url === undefined ? textPart(inside.text) : imagePart(url);
  });
  const calls = (toList(message.tool_calls) ?? []).map((each) => {
    const call = toFields(toFields(each)?.tool_call) ?? {};
    const named = toFields(call.function);
    return toToolCall({ id: call.id, name: named?.name, given: named?.arguments });
  });
  return {
    role: message.role,
    content: parts.length > 0 ? parts : (message.content ?? null),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...known({ tool_call_id: toText(message.tool_call_id), name: toText(message.name) }),
  };
}
