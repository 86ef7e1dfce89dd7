import { type Decision, decide, pickArm } from '../../src/policy/decide.ts';
import type { Policy, PolicyFailure } from '../../src/policy/policy.ts';
import type { GatewayCase } from './cases.ts';
import type { Fault } from './upstream.ts';

/** What the policy says must happen to a request, once the arm of a split is known. */
export interface Walk {
  readonly decision: Decision;
  /** The targets that are asked, in order, each attempt once; a dead one is not seen. */
  readonly path: readonly string[];
  /** The kind of failure of each target that was left for the next. */
  readonly left: readonly PolicyFailure[];
  /** Who answers; absent where nobody does. */
  readonly lands?: string;
}

const kinds = { 429: 'rate-limited', 503: 'server-error', hang: 'timeout' } as const;

/** Where a split by session sends it, or nothing where the gateway draws. */
export function armOf(policy: Policy, one: GatewayCase): string | undefined {
  const decision = decide(policy, one.features);
  const rule = policy.rules[decision.index];
  if (decision.primaries.length === 1) return decision.primaries[0]?.target;
  return rule?.split?.by === 'session' ? pickArm(decision, policy.id, one.session) : undefined;
}

/** Walks the chain as the policy says, with the first target given. */
export function walk(policy: Policy, one: GatewayCase, first: string): Walk {
  const decision = decide(policy, one.features);
  const { retry, fallback_on = [] }: Partial<NonNullable<Policy['on_failure']>> =
    policy.on_failure ?? {};
  const path: string[] = [];
  const left: PolicyFailure[] = [];
  for (const target of [first, ...decision.fallback]) {
    const failure = failureOf(target, one.faults[target]);
    const retried = failure !== undefined && (retry?.on.includes(failure) ?? false);
    const attempts = retried ? 1 + (retry?.max ?? 0) : 1;
    if (target !== 'dead') path.push(...Array.from({ length: attempts }, () => target));
    if (failure === undefined) return { decision, path, left, lands: target };
    if (!fallback_on.includes(failure)) break;
    left.push(failure);
  }
  return { decision, path, left };
}

function failureOf(target: string, fault: Fault | undefined): PolicyFailure | undefined {
  if (target === 'dead') return 'connect';
  return fault === undefined ? undefined : kinds[fault];
}
