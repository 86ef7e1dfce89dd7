import type { Imported, LogFormat } from '../record/format.ts';
import { toImportedRecord } from '../record/openai-answer.ts';
import { isTruncated, toChatBody, toDropped } from '../record/openai-body.ts';
import {
  type Fields,
  known,
  toAmount,
  toDuration,
  toFields,
  toInstant,
  toLabel,
  toMetadata,
  toText,
  toWord,
} from '../record/values.ts';

/** Ops of W&B's integrations that ask a model: `openai.chat.completions.create`, `anthropic.Messages.create`. */
const MODEL_CALL =
  /(?:completions?|messages?|responses|models)\.(?:async_)?(?:a?create|a?parse|stream|generate_content|complete)|litellm\.a?completion/i;

/** W&B Weave's calls; those of a team's own functions are passed over, as they ask no model themselves. */
export const weave: LogFormat = {
  title: "W&B Weave's calls",
  makes: 'workload',
  recognise(value) {
    const row = toFields(value);
    return row?.op_name !== undefined && row.inputs !== undefined && row.started_at !== undefined
      ? 1
      : 0;
  },
  createReader: () => ({ read: (value) => readCall(toFields(value) ?? {}) }),
};

function readCall(row: Fields): Imported[] {
  if (!MODEL_CALL.test(toWord(row.op_name))) return [];
  if (row.exception != null) return [{ state: 'dropped', reason: 'failure' }];
  const { self: _, ...inputs } = toFields(row.inputs) ?? {};
  const body = toChatBody(inputs);
  if (body.state !== 'chat') return [toDropped(body)];
  if (isTruncated(body.request)) return [{ state: 'dropped', reason: 'truncated' }];
  const attributes = toMetadata(row.attributes);
  const recorded = known({
    ...known({ target: body.model }),
    ...toImportedRecord(row.output),
    ...known({
      latency_ms: toDuration(row.started_at, row.ended_at),
      cost_usd: costIn(toFields(toFields(toFields(row.summary)?.weave)?.costs)),
    }),
  });
  return [
    {
      state: 'request',
      line: {
        ...known({
          id: toText(row.id),
          at_ms: toInstant(row.started_at),
          task: toLabel(attributes.task),
          session: toText(row.thread_id),
          recorded,
        }),
        request: body.request,
      },
    },
  ];
}

/** The sum over models of what input and output came to. */
function costIn(costs: Fields | undefined): number | undefined {
  const amounts = Object.values(costs ?? {}).flatMap((each) => {
    const cost = toFields(each);
    return [toAmount(cost?.prompt_tokens_total_cost), toAmount(cost?.completion_tokens_total_cost)];
  });
  const known = amounts.filter((amount) => amount !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, amount) => sum + amount, 0);
}
