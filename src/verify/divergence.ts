import { type Decision, decide, pickArm } from '../policy/decide.ts';
import type { Policy } from '../policy/policy.ts';

/** A request that a gateway, as exported, sends by another rule than the policy. */
export interface Divergence {
  readonly id: string;
  readonly policy: Decision;
  readonly gateway: Decision;
}

/** A request as the policy sees it, and as the gateway counts it where it counts its own way. */
export interface SeenRequest {
  readonly id: string;
  readonly session?: string;
  readonly features: Parameters<typeof decide>[1];
  readonly counted?: number;
}

/** Names exactly the requests that land elsewhere under what an exporter says of its gateway. */
export function findDivergences(
  policy: Policy,
  { effective, redrawn = [] }: FollowedRules,
  requests: Iterable<SeenRequest>,
): Divergence[] {
  const found: Divergence[] = [];
  for (const { id, session, features, counted } of requests) {
    const gatewaySees = counted === undefined ? features : { ...features, input_tokens: counted };
    const [ours, theirs] = [decide(policy, features), decide(effective, gatewaySees)];
    if (ours.rule !== theirs.rule) found.push({ id, policy: ours, gateway: theirs });
    else if (redrawn.includes(ours.rule) && ours.primaries.length > 1) {
      const target = pickArm(ours, policy.id, session ?? id);
      found.push({ id, policy: { ...ours, primaries: [{ target, share: 1 }] }, gateway: theirs });
    }
  }
  return found;
}

/** What a gateway makes of a policy. */
export interface FollowedRules {
  readonly effective: Policy;
  /** Rules whose arms it draws for each request anew, where the policy holds one for a session. */
  readonly redrawn?: readonly string[];
}

/** What the difference is worth on the requests of a run, in sums over those with outcomes. */
export interface Regret {
  readonly requests: number;
  /** Of them, those with outcomes for both targets. */
  readonly priced: number;
  /** Gateway minus policy: positive is dearer. */
  readonly cost_usd: number;
  /** Gateway minus policy: negative is worse. */
  readonly quality: number;
}

export interface TargetWorth {
  readonly cost_usd: number;
  readonly quality: number;
}

/** Prices the requests that land elsewhere by what the run measured of each target. */
export function priceDivergences(
  elsewhere: readonly Divergence[],
  worthOf: (id: string, target: string) => TargetWorth | undefined,
): Regret {
  let [priced, cost_usd, quality] = [0, 0, 0];
  for (const { id, policy, gateway } of elsewhere) {
    const [ours, theirs] = [policy, gateway].map((decision) =>
      expected(decision, (target) => worthOf(id, target)),
    );
    if (!ours || !theirs) continue;
    priced += 1;
    cost_usd += theirs.cost_usd - ours.cost_usd;
    quality += theirs.quality - ours.quality;
  }
  return { requests: elsewhere.length, priced, cost_usd, quality };
}

/** Over the arms of a split, by their shares; nothing where an arm was not measured. */
function expected(
  { primaries }: Decision,
  worthOf: (target: string) => TargetWorth | undefined,
): TargetWorth | undefined {
  let [cost_usd, quality] = [0, 0];
  for (const { target, share } of primaries) {
    const worth = worthOf(target);
    if (!worth) return undefined;
    cost_usd += share * worth.cost_usd;
    quality += share * worth.quality;
  }
  return { cost_usd, quality };
}

/** A request that a target of its route could not hold, by the count that is given. */
export interface Overflow {
  readonly id: string;
  readonly target: string;
  readonly tokens: number;
  readonly contextTokens: number;
}

/** Requests that exceed the context window of a target they may reach, fallbacks included. */
export function overflows(policy: Policy, requests: Iterable<SeenRequest>): Overflow[] {
  const found: Overflow[] = [];
  for (const { id, features, counted } of requests) {
    const tokens = counted ?? Number(features.input_tokens);
    const { primaries, fallback } = decide(policy, features);
    for (const target of new Set([...primaries.map((arm) => arm.target), ...fallback])) {
      const contextTokens = policy.targets[target]?.context_tokens;
      if (contextTokens !== undefined && tokens > contextTokens) {
        found.push({ id, target, tokens, contextTokens });
      }
    }
  }
  return found;
}
