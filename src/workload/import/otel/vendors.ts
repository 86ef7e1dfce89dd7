import { readAnswer, toImportedRecord } from '../record/openai-answer.ts';
import { toChatBody, toMessages } from '../record/openai-body.ts';
import { type Fields, fromJsonText, toAmount, toFields, toText, toWord } from '../record/values.ts';
import type { Dialect, ModelCall } from './model-call.ts';

/** Values that are JSON text once more, as MLflow writes each attribute. */
const jsonIn = (a: Fields, name: string): unknown => fromJsonText(a[name]);

/** MLflow's traces: what went in and came out of a span as JSON text. */
export const mlflow: Dialect = {
  isCall: (a) => /^(?:CHAT_MODEL|LLM)$/.test(toWord(jsonIn(a, 'mlflow.spanType'))),
  read(a) {
    const usage = toFields(jsonIn(a, 'mlflow.chat.tokenUsage'));
    const output = jsonIn(a, 'mlflow.spanOutputs');
    const recorded = toImportedRecord(output);
    return {
      ...askedIn(jsonIn(a, 'mlflow.spanInputs')),
      answered: readAnswer(output),
      model: toText(jsonIn(a, 'mlflow.llm.model')) ?? recorded?.target,
      inputTokens: toAmount(usage?.input_tokens) ?? recorded?.input_tokens,
      outputTokens: toAmount(usage?.output_tokens) ?? recorded?.output_tokens,
      cost: toAmount(toFields(jsonIn(a, 'mlflow.llm.cost'))?.total_cost),
      session: toText(jsonIn(a, 'mlflow.trace.session')),
    };
  },
};

/** Langfuse's SDKs since version 3 write spans with attributes of their own. */
export const langfuseSpans: Dialect = {
  isCall: (a) => a['langfuse.observation.type'] === 'generation',
  read(a) {
    const usage = toFields(a['langfuse.observation.usage_details']);
    const cost = toFields(a['langfuse.observation.cost_details']);
    const { parameters, ...asked } = askedIn(fromJsonText(a['langfuse.observation.input']));
    return {
      ...asked,
      parameters: { ...finite(a['langfuse.observation.model.parameters']), ...parameters },
      answered: readAnswer(a['langfuse.observation.output']),
      model: toText(a['langfuse.observation.model.name']),
      inputTokens: toAmount(usage?.input ?? usage?.input_tokens ?? usage?.prompt_tokens),
      outputTokens: toAmount(usage?.output ?? usage?.output_tokens ?? usage?.completion_tokens),
      cost: toAmount(cost?.total),
      task: toText(a['langfuse.observation.prompt.name']),
      session: toText(a['langfuse.session.id'] ?? a['session.id']),
    };
  },
};

/** Google's Agent Development Kit: the request and the response of generateContent. */
export const agentKit: Dialect = {
  isCall: (a) => /"contents"/.test(toWord(a['gcp.vertex.agent.llm_request'])),
  read(a) {
    const recorded = toImportedRecord(a['gcp.vertex.agent.llm_response']);
    return {
      ...askedIn(fromJsonText(a['gcp.vertex.agent.llm_request'])),
      answered: readAnswer(a['gcp.vertex.agent.llm_response']),
      model: recorded?.target ?? toText(a['gen_ai.request.model']),
      inputTokens: recorded?.input_tokens,
      outputTokens: recorded?.output_tokens,
      session: toText(a['gcp.vertex.agent.session_id'] ?? a['gen_ai.conversation.id']),
    };
  },
};

/** Whether a span repeats a call of the kit, inside of the one that holds what was asked. */
export const isEmptyOfKit = (a: Fields): boolean =>
  a['gcp.vertex.agent.event_id'] !== undefined &&
  a['gcp.vertex.agent.llm_request'] === undefined &&
  a['gen_ai.input.messages'] === undefined;

function askedIn(input: unknown): Pick<ModelCall, 'messages' | 'fault' | 'parameters'> {
  const body = toChatBody(input);
  if (body.state === 'other endpoint') return { fault: body.why, parameters: {} };
  if (body.state !== 'chat') return { messages: toMessages(input), parameters: {} };
  const { messages, ...parameters } = body.request;
  return { messages: toMessages(messages), parameters };
}

/** Parameters that are set: the SDKs write `Infinity` for a limit that is not. */
function finite(value: unknown): Fields {
  const entries = Object.entries(toFields(value) ?? {});
  return Object.fromEntries(entries.filter(([, each]) => each !== 'Infinity' && each !== ''));
}
