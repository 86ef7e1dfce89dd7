import { type Decision, decide, pickArm } from '../policy/decide.ts';
import type { Asked } from './carried.ts';
import {
  type Answer,
  type Deployed,
  type Landing,
  landingOf,
  type Outgoing,
  outgoing,
} from './landing.ts';

/** Sends one request to the live gateway; the time is measured by whoever sends. */
export type Send = (request: Outgoing, id: string) => Promise<SentAnswer>;

export interface SentAnswer extends Answer {
  readonly latency_ms: number;
  /** What the answer cost, where that is known. */
  readonly cost_usd?: number;
}

/** One request of a workload, replayed through a live gateway. */
export interface Check extends Asked {
  readonly body: object;
}

/** Where one request should have landed and where it did. */
export type CheckRow = {
  readonly id: string;
  readonly decided: { readonly rule: string; readonly targets: readonly string[] };
  readonly landed: Landing;
  readonly latency_ms: number;
} & (
  | { readonly state: 'as-decided' }
  /** It went elsewhere, or moved on although nothing was made to fail. */
  | { readonly state: 'elsewhere' }
  /** The gateway does not say where. */
  | { readonly state: 'unknown' }
  | { readonly state: 'failed'; readonly status: number }
);

/** Replays requests through the gateway and compares each landing with `decide`. */
export async function* verify(
  deployed: Deployed,
  checks: Iterable<Check>,
  send: Send,
): AsyncGenerator<CheckRow> {
  for (const check of checks) {
    const decision = decide(deployed.policy, check.features);
    const targets = firstTargets(deployed, decision, check);
    const answer = await send(outgoing(deployed, check, check.body), check.id);
    const landed = landingOf(deployed, answer);
    const row = {
      ...{ id: check.id, decided: { rule: decision.rule, targets }, landed },
      latency_ms: answer.latency_ms,
    };
    if (answer.status >= 400) yield { ...row, state: 'failed', status: answer.status };
    else if (landed.target === undefined) yield { ...row, state: 'unknown' };
    else {
      const right =
        targets.includes(landed.target) && (landed.rule ?? decision.rule) === decision.rule;
      yield { ...row, state: right ? 'as-decided' : 'elsewhere' };
    }
  }
}

/** One target, or the arms of a split that the gateway draws. */
function firstTargets({ policy }: Deployed, decision: Decision, { id, session }: Asked): string[] {
  const arms = decision.primaries.map((arm) => arm.target);
  if (arms.length === 1) return arms;
  const bySession = policy.rules[decision.index]?.split?.by === 'session';
  return bySession ? [pickArm(decision, policy.id, session ?? id)] : arms;
}

/** One step of the failover drill: some targets of a rule are down, the next must answer. */
export interface DrillRow {
  readonly rule: string;
  readonly down: readonly string[];
  readonly expected: string;
  readonly landed?: string;
  readonly status: number;
  readonly latency_ms: number;
  /** More than with nothing down, on the same request. */
  readonly added_ms: number;
  readonly cost_usd?: number;
  readonly verdict: 'in-order' | 'out-of-order' | 'failed' | 'too-slow' | 'left-region';
}

export interface Drill {
  readonly send: Send;
  /** Makes exactly these targets fail, in whatever stands in front of them. */
  readonly fail: (targets: readonly string[]) => Promise<void>;
  /** The longest a request may take, of those that meet a rule. */
  readonly slo_ms?: (rule: string) => number | undefined;
}

/**
 * Takes the targets of each rule down, one after the other in the order of its chain, with one
 * request of the workload that meets the rule. Rules that no request meets are not drilled.
 */
export async function* drill(
  deployed: Deployed,
  checks: readonly Check[],
  { send, fail, slo_ms }: Drill,
): AsyncGenerator<DrillRow> {
  const { policy } = deployed;
  for (const rule of policy.rules) {
    const check = checks.find((one) => decide(policy, one.features).rule === rule.name);
    if (!check) continue;
    const decision = decide(policy, check.features);
    const first = firstTargets(deployed, decision, check);
    const steps = [first, ...decision.fallback.map((target) => [target])];
    let untroubled = 0;
    for (const [at, expected] of steps.entries()) {
      const down = [...new Set(steps.slice(0, at).flat())];
      if (expected.every((target) => down.includes(target))) continue;
      await fail(down);
      const answer = await send(outgoing(deployed, check, check.body), `${check.id}:${at}`);
      if (at === 0) untroubled = answer.latency_ms;
      const { target: landed } = landingOf(deployed, answer);
      const limit = slo_ms?.(rule.name);
      const regions = (landed && policy.targets[landed]?.regions) ?? [];
      const left = rule.require?.regions?.every((region) => !regions.includes(region)) ?? false;
      const verdict = (): DrillRow['verdict'] => {
        if (answer.status >= 400) return 'failed';
        if (landed !== undefined && !expected.includes(landed)) return 'out-of-order';
        if (landed !== undefined && left) return 'left-region';
        return limit !== undefined && answer.latency_ms > limit ? 'too-slow' : 'in-order';
      };
      yield {
        ...{ rule: rule.name, down, expected: expected.join(' or '), status: answer.status },
        ...(landed !== undefined && { landed }),
        latency_ms: answer.latency_ms,
        added_ms: answer.latency_ms - untroubled,
        ...(answer.cost_usd !== undefined && { cost_usd: answer.cost_usd }),
        verdict: verdict(),
      };
    }
    await fail([]);
  }
}
