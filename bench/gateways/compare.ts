import { decide } from '../../src/policy/decide.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { GatewayCase } from './cases.ts';
import { armOf, walk } from './expect.ts';
import type { Upstream } from './upstream.ts';

/** What a gateway answered to one request. */
export interface GatewayResponse {
  readonly status: number;
  /** The target that its own headers or body name. */
  readonly says?: string;
  /** The rule that they name. */
  readonly rule?: string;
}

export interface Sent {
  readonly policy: Policy;
  readonly one: GatewayCase;
  readonly answer: GatewayResponse;
}

/** What was found over all requests; a fault is a sentence that names policy and request. */
export interface Comparison {
  readonly requests: number;
  readonly policies: number;
  readonly landed: number;
  /** How often a target was left for the next one, by why. */
  readonly failovers: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly splits: readonly SplitCount[];
}

export interface SplitCount {
  readonly rule: string;
  readonly n: number;
  readonly first: number;
  readonly share: number;
  /** Two-sided exact binomial p. */
  readonly p: number;
}

/** Over some 60 splits a right gateway fails one of them once in 160 runs. */
const SPLIT_ALPHA = 1e-4;

export function compare(sent: readonly Sent[], upstream: Upstream): Comparison {
  const faults: string[] = [];
  const draws = new Map<string, { n: number; first: number; share: number }>();
  const failovers: Record<string, number> = {};
  let landed = 0;
  for (const { policy, one, answer } of sent) {
    const hits = upstream.hits(one.id);
    const decision = decide(policy, one.features);
    const arms = decision.primaries.map((arm) => arm.target);
    const first = armOf(policy, one) ?? hits.find((target) => arms.includes(target)) ?? 'nobody';
    const { path, left, lands } = walk(policy, one, first);
    const where = `${one.id} of ${policy.id}, rule ${decision.rule}`;
    if (path.join() !== hits.join()) {
      faults.push(`${where}: went to [${hits.join()}], the policy says [${path.join()}]`);
    } else if ((lands !== undefined) !== answer.status < 400) {
      faults.push(`${where}: status ${answer.status}, the policy lands at ${lands ?? 'nobody'}`);
    } else if (lands !== undefined && answer.says !== undefined && answer.says !== lands) {
      faults.push(`${where}: the gateway says ${answer.says}, it was ${lands}`);
    } else if (lands !== undefined && answer.rule !== undefined && answer.rule !== decision.rule) {
      faults.push(`${where}: the gateway says rule ${answer.rule}`);
    } else {
      landed += 1;
      for (const why of left) failovers[why] = (failovers[why] ?? 0) + 1;
    }
    if (arms.length > 1 && armOf(policy, one) === undefined) {
      const key = `${policy.id} ${decision.rule}`;
      const share = decision.primaries[0]?.share ?? 0;
      const before = draws.get(key) ?? { n: 0, first: 0, share };
      const hit = first === arms[0] ? 1 : 0;
      draws.set(key, { ...before, n: before.n + 1, first: before.first + hit });
    }
  }
  const splits = [...draws].map(([rule, d]) => ({ rule, ...d, p: binomialP(d) }));
  for (const { rule, n, first, share, p } of splits) {
    if (p < SPLIT_ALPHA) faults.push(`${rule}: split ${first} of ${n} for a share of ${share}`);
  }
  const policies = new Set(sent.map(({ policy }) => policy.id)).size;
  return { requests: sent.length, policies, landed, failovers, faults, splits };
}

/** Exact: the sum of all outcomes that are no likelier than what was seen. */
function binomialP({ n, first, share }: { n: number; first: number; share: number }): number {
  const logs = [Math.log1p(-share) * n];
  for (let k = 1; k <= n; k++) {
    const odds = Math.log(((n - k + 1) / k) * (share / (1 - share)));
    logs.push((logs[k - 1] as number) + odds);
  }
  const seen = (logs[first] as number) + 1e-9;
  return logs.reduce((sum, log) => (log <= seen ? sum + Math.exp(log) : sum), 0);
}

/** Prints the comparison and says by its return value whether all is as the policy says. */
export function print(title: string, found: Comparison): boolean {
  const drawn = found.splits.reduce((sum, split) => sum + split.n, 0);
  console.log(`${title}`);
  console.table({
    policies: found.policies,
    requests: found.requests,
    'as the policy says': found.landed,
    ...Object.fromEntries(
      Object.entries(found.failovers).map(([why, n]) => [`failed over: ${why}`, n]),
    ),
    'drawn in splits': drawn,
    'splits tested': found.splits.length,
    'least p of a split': Number(Math.min(1, ...found.splits.map((s) => s.p)).toPrecision(3)),
    differences: found.faults.length,
  });
  for (const fault of found.faults.slice(0, 20)) console.log(`  ${fault}`);
  return found.faults.length === 0;
}

/** Runs `work` over all items, at most `width` at a time, results in order. */
export async function pooled<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let at = 0;
  const worker = async () => {
    while (at < items.length) {
      const index = at++;
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
