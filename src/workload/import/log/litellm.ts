import type { Dropped, Imported, ImportedLine, LogFormat } from '../record/format.ts';
import { readAnswer } from '../record/openai-answer.ts';
import { isTruncated, toChatBody, toDropped } from '../record/openai-body.ts';
import {
  type Fields,
  known,
  taskInTags,
  toAmount,
  toDuration,
  toFields,
  toInstant,
  toMetadata,
  toText,
  toWord,
} from '../record/values.ts';

/** Calls that ask a chat model something; the others (embeddings, images, ...) are not replayed. */
const CHAT_CALLS =
  /^(?:a?completion|a?responses|a?text_completion|chat|anthropic_messages|a?generate_content(?:_stream)?)$/;

/**
 * Rows of LiteLLM's table `LiteLLM_SpendLogs`, as JSON or CSV or from `GET /spend/logs`. The request
 * is in `proxy_server_request` where the proxy keeps prompts; `messages` is often `{}`. JSON columns
 * may come as text, instants without a zone are UTC.
 */
export const litellmSpendLogs: LogFormat = {
  title: 'LiteLLM spend logs',
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || row.call_type === undefined || row.request_id === undefined) return 0;
    return row.spend !== undefined || row.proxy_server_request !== undefined ? 1 : 0.5;
  },
  createReader: () => ({ read: (value) => [readSpend(toFields(value) ?? {})] }),
};

function readSpend(row: Fields): Imported {
  const dropped = whyNot(row);
  if (dropped) return dropped;
  const body = readBody(row);
  if (body.state === 'dropped') return body;
  return {
    state: 'request',
    line: toLine(row, body, {
      id: toText(row.request_id),
      cost: row.spend,
      session: toText(row.session_id),
    }),
  };
}

/**
 * LiteLLM's StandardLoggingPayload, as its callbacks write it to S3, GCS or an HTTP endpoint: prompts
 * are whole, instants are seconds since the epoch, and `response_time` is the TTFT of a stream.
 */
export const litellmPayload: LogFormat = {
  title: "LiteLLM's standard logging payload",
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    if (!row || row.model_parameters === undefined) return 0;
    return row.response_cost !== undefined && row.call_type !== undefined ? 1 : 0.4;
  },
  createReader: () => ({ read: (value) => [readPayload(toFields(value) ?? {})] }),
};

function readPayload(row: Fields): Imported {
  const dropped = whyNot(row);
  if (dropped) return dropped;
  const body = readBody({ ...row, proxy_server_request: undefined });
  if (body.state === 'dropped') return body;
  const trace = toText(row.trace_id);
  return {
    state: 'request',
    line: toLine(row, body, {
      id: toText(row.id),
      cost: row.response_cost,
      session: trace === toText(row.id) ? undefined : trace,
    }),
  };
}

/** What the two forms of a record have under names of their own. */
interface Known {
  readonly id: string | undefined;
  readonly cost: unknown;
  readonly session: string | undefined;
}

interface Body {
  readonly state: 'body';
  readonly request: Fields;
  readonly model: string | undefined;
}

function toLine(row: Fields, body: Body, facts: Known): ImportedLine {
  const at = toInstant(row.startTime);
  const task = taskInTags(row.request_tags) ?? taskInTags(toFields(row.metadata)?.tags);
  const latency = toDuration(row.startTime, row.endTime);
  const ttft = toDuration(row.startTime, row.completionStartTime);
  const metadata = known({
    user: toText(row.end_user),
    team: toText(row.team_id),
    app: toText(toFields(row.metadata)?.app),
  });
  const streamed = ttft !== undefined && latency !== undefined && ttft < latency;
  const recorded = {
    ...known({
      target: toText(row.model) ?? body.model,
      ...readAnswer(row.response),
      // LiteLLM writes 0 where it counted none.
      input_tokens: toAmount(row.prompt_tokens) || undefined,
      output_tokens: toAmount(row.completion_tokens) || undefined,
      latency_ms: latency,
      ttft_ms: streamed ? ttft : undefined,
      cost_usd: toAmount(facts.cost),
    }),
  };
  return {
    ...(facts.id !== undefined && { id: facts.id }),
    ...(at !== undefined && { at_ms: at }),
    ...(task !== undefined && { task }),
    ...(facts.session !== undefined && { session: facts.session }),
    ...(metadata && { metadata: toMetadata(metadata) }),
    request: body.request,
    recorded,
  };
}

function whyNot({ call_type, status, cache_hit }: Fields): Dropped | undefined {
  const call = toText(call_type);
  if (call !== undefined && !CHAT_CALLS.test(call)) {
    return { state: 'dropped', reason: 'other endpoint', why: call };
  }
  if (toText(status) !== undefined && status !== 'success') {
    return { state: 'dropped', reason: 'failure' };
  }
  return /^true$/i.test(toWord(cache_hit)) ? { state: 'dropped', reason: 'cache hit' } : undefined;
}

/** The body that was asked: whole in `proxy_server_request`, else messages and parameters. */
function readBody(row: Fields): Body | Dropped {
  const whole = toFields(row.proxy_server_request);
  const asked = toFields(whole?.body) ?? whole;
  const hasPrompt = asked?.messages !== undefined || asked?.input !== undefined;
  const parameters = toFields(row.model_parameters) ?? {};
  const messages =
    Object.keys(toFields(row.messages) ?? { list: 1 }).length === 0 ? undefined : row.messages;
  const read = toChatBody(hasPrompt ? cleaned(asked) : { ...cleaned(parameters), messages });
  if (read.state !== 'chat') {
    return toDropped(read, 'the proxy does not keep prompts: set store_prompts_in_spend_logs');
  }
  if (isTruncated(read.request)) return { state: 'dropped', reason: 'truncated' };
  return { state: 'body', request: read.request, model: read.model };
}

/** Parameters of the proxy itself that no provider is sent. */
const PROXY_KEYS = new Set([
  'litellm_metadata',
  'litellm_call_id',
  'litellm_logging_obj',
  'proxy_server_request',
  'secret_fields',
  'api_key',
  'api_base',
  'custom_llm_provider',
  'stream_response',
  'extra_body',
  'extra_headers',
  'max_retries',
  'timeout',
  'num_retries',
  'fallbacks',
  'tags',
  'metadata',
]);

const cleaned = (body: Fields | undefined): Fields =>
  Object.fromEntries(Object.entries(body ?? {}).filter(([key]) => !PROXY_KEYS.has(key)));
