import { readFailure } from '../gateway/export/failure.ts';
import type { Deployed } from '../gateway/kit/gateway.ts';
import { decide } from '../policy/decide.ts';
import type { Policy } from '../policy/policy.ts';
import { meetsRequirement } from '../policy/require.ts';
import { outgoing } from './gateway-response.ts';
import {
  firstTargets,
  isFailed,
  landedAt,
  type ReplayedRequest,
  type Send,
  type SentAnswer,
} from './verify.ts';

/** One step of the failover drill: some targets of a rule are down, the next must answer. */
export interface DrillRow {
  readonly rule: string;
  /** Id of the request that was sent. */
  readonly request: string;
  readonly down: readonly string[];
  /** One target, or the arms of a split that the gateway draws. */
  readonly expected: readonly string[];
  /** Who answered; absent where nobody says. */
  readonly landed?: string;
  /** 0 = no answer came in time. */
  readonly status: number;
  readonly latency_ms: number;
  /** More than with nothing down, on the same request; absent where that failed. */
  readonly added_ms?: number;
  readonly cost_usd?: number;
  /** More than with nothing down. */
  readonly added_usd?: number;
  readonly verdict: DrillVerdict;
}

/** The gravest that holds; `unknown`: someone answered, and nobody says who. */
export type DrillVerdict =
  | 'in-order'
  | 'failed'
  | 'unknown'
  | 'left-region'
  | 'out-of-order'
  | 'too-slow';

/** What is done with one rule: it is drilled, or there is nothing to drill it with. */
export type Course = { readonly rule: string } & (
  | { readonly state: 'drilled'; readonly check: ReplayedRequest; readonly steps: readonly Step[] }
  /** No request of the workload meets it. */
  | { readonly state: 'no-request' }
  /** Nobody is there to take over. */
  | { readonly state: 'no-fallback' }
);

interface Step {
  readonly down: readonly string[];
  readonly expected: readonly string[];
}

export interface Drill {
  readonly send: Send;
  /** Makes exactly these targets fail, in whatever stands in front of them. */
  readonly fail: (targets: readonly string[]) => Promise<void>;
  /** The longest a request may take, of those that meet a rule. */
  readonly slo_ms?: (rule: string) => number | undefined;
  /** What an answer of a target cost, where that can be known. */
  readonly cost?: (target: string, answer: SentAnswer) => number | undefined;
}

/**
 * Takes the targets of each rule down, one after the other in the order of its chain, with one
 * request of the workload that meets the rule. Nothing is left failing, however it ends.
 */
export async function* drill(
  deployed: Deployed,
  checks: readonly ReplayedRequest[],
  options: Drill,
): AsyncGenerator<DrillRow> {
  try {
    for (const course of planDrill(deployed, checks)) {
      if (course.state === 'drilled') yield* walk(deployed, course, options);
    }
  } finally {
    await options.fail([]);
  }
}

/** How each rule of a policy is drilled, in its order. */
export function planDrill(deployed: Deployed, checks: readonly ReplayedRequest[]): Course[] {
  const { policy } = deployed;
  return policy.rules.map(({ name: rule }): Course => {
    const check = checks.find((one) => decide(policy, one.features).rule === rule);
    if (!check) return { rule, state: 'no-request' };
    const decision = decide(policy, check.features);
    const first = firstTargets(deployed, decision, check);
    const chain = [first, ...decision.fallback.map((target) => [target])];
    const steps = chain
      .map((expected, at) => ({ expected, down: [...new Set(chain.slice(0, at).flat())] }))
      .filter(({ expected, down }) => !expected.every((target) => down.includes(target)));
    return steps.length < 2
      ? { rule, state: 'no-fallback' }
      : { rule, state: 'drilled', check, steps };
  });
}

const drillable = ['server-error', 'rate-limited', 'timeout'] as const;

/** The failures a drill can inject at which the policy moves on, the plainest first. */
export function drillableFailures(policy: Policy): (typeof drillable)[number][] {
  const { fallbackOn } = readFailure(policy);
  return drillable.filter((kind) => fallbackOn.includes(kind));
}

async function* walk(
  deployed: Deployed,
  { rule, check, steps }: Extract<Course, { state: 'drilled' }>,
  { send, fail, slo_ms, cost }: Drill,
): AsyncGenerator<DrillRow> {
  const { policy } = deployed;
  const most = slo_ms?.(rule) ?? Number.POSITIVE_INFINITY;
  const required = policy.rules.find(({ name }) => name === rule)?.require;
  let untroubled: { readonly latency_ms: number; readonly usd: number | undefined } | undefined;
  for (const [at, { down, expected }] of steps.entries()) {
    await fail(down);
    const answer = await send(outgoing(deployed, check, check.body), `${check.id}:${at}`);
    const { status, latency_ms } = answer;
    const { target: landed } = isFailed(answer) ? {} : landedAt(deployed, answer);
    const usd = landed === undefined ? undefined : cost?.(landed, answer);
    if (at === 0 && !isFailed(answer)) untroubled = { latency_ms, usd };
    const verdict = (): DrillVerdict => {
      if (isFailed(answer)) return 'failed';
      if (landed === undefined) return 'unknown';
      if (!meetsRequirement(policy.targets[landed], required)) return 'left-region';
      if (!expected.includes(landed)) return 'out-of-order';
      return latency_ms > most ? 'too-slow' : 'in-order';
    };
    yield {
      rule,
      request: check.id,
      down,
      expected,
      status,
      latency_ms,
      verdict: verdict(),
      ...(landed !== undefined && { landed }),
      ...(untroubled && { added_ms: latency_ms - untroubled.latency_ms }),
      ...(usd !== undefined && { cost_usd: usd }),
      ...(usd !== undefined &&
        untroubled?.usd !== undefined && { added_usd: usd - untroubled.usd }),
    };
  }
}
