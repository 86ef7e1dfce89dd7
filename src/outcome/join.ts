import type { Verdict } from '../judge/check/verdict.ts';
import type { Attempt } from '../replay/event/attempt.ts';
import type { SettledEvent } from '../replay/event/event.ts';
import { roundMs } from '../units.ts';
import { readNamed } from '../workload/features.ts';
import type { Features, WorkloadRequest } from '../workload/request.ts';
import type { Outcome } from './outcome.ts';

/** What is known of a request apart from how a target did. */
export interface RequestFacts {
  readonly request: Pick<WorkloadRequest, 'id' | 'task' | 'session' | 'group' | 'weight'>;
  readonly features: Features;
}

/** What one (request, target, pass) came to. */
export interface SettledCell {
  readonly settled: SettledEvent;
  readonly verdict?: Verdict | undefined;
  /** What the user had waited, in ms, when the last attempt was sent: `waitBefore`. */
  readonly waited: number;
}

/** Joins the attempts of one (request, target, pass) and the verdict on its answer to one row. */
export function joinOutcome(
  facts: RequestFacts,
  { settled, verdict, waited }: SettledCell,
): Outcome {
  const last = settled.attempts.at(-1);
  // A cached answer says nothing of the target: what it cost, and how long it took, was nothing.
  if (last?.cache_hit) return skippedOutcome(facts, { ...settled, reason: 'cache-hit' });
  const cost = sumCost(settled);
  return {
    ...identity(facts, settled),
    ...toEnd(settled),
    attempts: settled.attempts.length,
    ...(last?.billed_input_tokens !== undefined && {
      billed_input_tokens: last.billed_input_tokens,
    }),
    ...(last?.output_tokens !== undefined && { output_tokens: last.output_tokens }),
    ...cost,
    ...(last?.status === 'ok' ? toQuality(verdict) : {}),
    ...(last && toTimes(last, waited)),
    ...sentAt(settled),
  };
}

function toEnd({ attempts, given_up }: SettledEvent): Pick<Outcome, 'status' | 'reason'> {
  const last = attempts.at(-1);
  if (last?.status === 'ok') return { status: 'ok' };
  return { status: 'failed', reason: last?.status ?? given_up?.reason ?? 'cancelled' };
}

/** A request a target was never asked, with the reason. */
export function skippedOutcome(
  facts: RequestFacts,
  skipped: { readonly target: string; readonly pass: number; readonly reason: string },
): Outcome {
  return { ...identity(facts, skipped), status: 'skipped', reason: skipped.reason };
}

/** What every row says of its request. */
export function identity(
  { request, features }: RequestFacts,
  cell: { target: string; pass: number },
) {
  const { task: _, input_tokens, ...others } = features;
  const task = readNamed('task', request.task, features);
  const session = readNamed('session', request.session, features);
  return {
    request_id: request.id,
    target: cell.target,
    pass: cell.pass,
    ...(task !== undefined && { task }),
    ...(session !== undefined && { session }),
    ...(request.group !== undefined && { group: request.group }),
    ...(request.weight !== undefined && { weight: request.weight }),
    ...(typeof input_tokens === 'number' && { input_tokens }),
    features: others,
  };
}

/**
 * All attempts together. One whose cost is not known counts at its reservation; without one, and
 * where it was answered, the sum is not known. An attempt that failed without a usage is no reason to
 * doubt the bills of its target: most are not billed.
 */
function sumCost({ attempts }: SettledEvent): Pick<Outcome, 'cost_usd' | 'cost_unknown'> {
  let sum = 0;
  let open = false;
  let unknown: string | undefined;
  for (const { cost_usd, cost_unknown, reserved_usd, status, usage } of attempts) {
    sum += cost_usd ?? reserved_usd ?? 0;
    if (cost_usd !== undefined || (status !== 'ok' && usage === undefined)) continue;
    unknown ??= cost_unknown;
    if (reserved_usd === undefined && status === 'ok') open = true;
  }
  return {
    ...(!open && { cost_usd: sum }),
    ...(unknown !== undefined && { cost_unknown: unknown }),
  };
}

function toQuality(verdict: Verdict | undefined): Pick<Outcome, 'quality' | 'quality_kind'> {
  if (!verdict) return {};
  return { quality: verdict.quality, quality_kind: verdict.quality_kind };
}

/** User view: from when the request should have been sent, so retries and their waits are in. */
function toTimes(last: Attempt, waited: number): Pick<Outcome, 'ttft_ms' | 'latency_ms'> {
  if (last.status !== 'ok') return {};
  return {
    ttft_ms: roundMs(waited + last.ttft_ms),
    latency_ms: roundMs(waited + last.latency_ms),
  };
}

function sentAt({ attempts: [first] }: SettledEvent): Pick<Outcome, 'sent_ms'> {
  return first && first.sent_ms >= 0 ? { sent_ms: roundMs(first.sent_ms) } : {};
}
