import type { Recorded, WorkloadRequest } from '../workload/request.ts';
import { identity, type RequestFacts } from './join.ts';
import type { Outcome } from './outcome.ts';

/** The name under which the log's own answers stand in an outcome table. */
export const RECORDED = 'recorded';

/**
 * What the log says happened when the request was really served: the baseline "recorded". Absent
 * where the log has neither an answer nor a cost. `verdict` is what a check says of its answer.
 */
export function recordedOutcome(
  facts: RequestFacts & { readonly request: Pick<WorkloadRequest, 'recorded'> },
  verdict: Pick<Outcome, 'quality' | 'quality_kind'> | undefined,
): Outcome | undefined {
  const { recorded } = facts.request;
  if (!recorded || (recorded.answer === undefined && recorded.cost === undefined)) return undefined;
  return {
    ...identity(facts, { target: RECORDED, pass: 1 }),
    status: 'ok',
    ...measured(recorded),
    ...verdict,
  };
}

function measured(recorded: Recorded): Partial<Outcome> {
  const { cost, input_tokens, output_tokens, ttft, latency } = recorded;
  return {
    ...(cost !== undefined && { cost_usd: cost }),
    ...(input_tokens !== undefined && { billed_input_tokens: input_tokens }),
    ...(output_tokens !== undefined && { output_tokens }),
    ...(ttft !== undefined && { ttft_ms: ttft }),
    ...(latency !== undefined && { latency_ms: latency }),
  };
}
