import type { Imported, LogFormat } from '../record/format.ts';
import { isFlattened } from '../record/langchain.ts';
import { toImportedRecord } from '../record/openai-answer.ts';
import { isTruncated, toChatBody, toDropped } from '../record/openai-body.ts';
import {
  type Fields,
  known,
  taskInTags,
  toAmount,
  toDuration,
  toFields,
  toInstant,
  toList,
  toMetadata,
  toText,
} from '../record/values.ts';

/**
 * LangSmith's runs, as its SDK, its API and its bulk export (Parquet, fields as JSON text) have them.
 * Only runs of the kind `llm` are model calls; chains, tools and retrievers are passed over.
 */
export const langsmith: LogFormat = {
  title: 'LangSmith runs',
  makes: 'workload',
  recognise(value) {
    const [first] = runsIn(value);
    if (first?.run_type === undefined) return 0;
    return first.inputs !== undefined || first.start_time !== undefined ? 1 : 0.5;
  },
  createReader: () => ({ read: (value) => runsIn(value).flatMap(readRun) }),
};

/** A run, or those of a trace with what its record says around them. */
function runsIn(value: unknown): readonly Fields[] {
  const row = toFields(value);
  const inside = toList(row?.runs);
  if (!inside) return row ? [row] : [];
  return inside.map(toFields).filter((run) => run !== undefined);
}

function readRun(run: Fields): Imported[] {
  const nested = (toList(run.child_runs) ?? []).flatMap((each) => readRun(toFields(each) ?? {}));
  if (run.run_type !== 'llm') return nested;
  return [readCall(run), ...nested];
}

function readCall(run: Fields): Imported {
  if (run.error != null || run.status === 'error') return { state: 'dropped', reason: 'failure' };
  const extra = toFields(run.extra);
  const parameters = sendable(toFields(extra?.invocation_params));
  const metadata = toFields(extra?.metadata);
  const body = toChatBody({ ...parameters, ...askedIn(toFields(run.inputs)) });
  if (body.state !== 'chat') {
    return toDropped(body, 'the run holds its messages as one text, or none');
  }
  if (isTruncated(body.request)) return { state: 'dropped', reason: 'truncated' };
  const answered = toImportedRecord(run.outputs);
  const recorded = known({
    ...answered,
    target: answered?.target ?? body.model ?? toText(metadata?.ls_model_name),
    input_tokens: answered?.input_tokens ?? (toAmount(run.prompt_tokens) || undefined),
    output_tokens: answered?.output_tokens ?? (toAmount(run.completion_tokens) || undefined),
    latency_ms: toDuration(run.start_time, run.end_time),
    ttft_ms: toDuration(run.start_time, run.first_token_time),
    cost_usd: toAmount(run.total_cost) || undefined,
  });
  const thread = metadata?.session_id ?? metadata?.thread_id ?? metadata?.conversation_id;
  const kept = Object.entries(toMetadata(metadata)).filter(([key]) => !OWN_KEYS.test(key));
  return {
    state: 'request',
    line: {
      ...known({
        id: toText(run.id),
        at_ms: toInstant(run.start_time),
        task: taskInTags(run.tags) ?? toText(metadata?.task),
        session: toText(thread),
        metadata: kept.length > 0 ? Object.fromEntries(kept) : undefined,
        recorded,
      }),
      request: body.request,
    },
  };
}

/** What LangChain and LangSmith write about themselves. */
const OWN_KEYS =
  /^(?:ls_|lc_|langgraph_|LANGSMITH_|revision_id$|checkpoint_ns$|session_id$|thread_id$|conversation_id$|task$)/;

function askedIn(inputs: Fields | undefined): Fields {
  if (!inputs) return {};
  const prompts = toList(inputs.prompts);
  const [prompt] = prompts ?? [];
  if (prompts && typeof prompt === 'string') {
    return prompts.length === 1 && !isFlattened(prompt) ? { prompt } : {};
  }
  // A wrapped client writes what it sends; LangChain writes messages alone.
  return inputs;
}

/** Parameters without what LangChain adds for itself. */
function sendable(parameters: Fields | undefined): Fields {
  const entries = Object.entries(parameters ?? {}).filter(
    ([key, value]) => value != null && !/^(?:_type|model_name|n|callbacks|verbose)$/.test(key),
  );
  return Object.fromEntries(entries);
}
