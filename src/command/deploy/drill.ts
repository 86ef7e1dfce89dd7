import { UsageError } from '../../errors.ts';
import type { Deployed } from '../../gateway/kit/gateway.ts';
import type { Policy } from '../../policy/policy.ts';
import { policyNotices } from '../../policy/write.ts';
import { computedPrice } from '../../price/cost.ts';
import { chatUsage } from '../../provider/usage/chat-usage.ts';
import type { SwitchedFailure } from '../../sim/server/switch.ts';
import type { Course, DrillRow } from '../../verify/drill.ts';
import { drill, drillableFailures, planDrill } from '../../verify/drill.ts';
import type { RuleTotal } from '../../verify/drill-figures.ts';
import type { Send, SentAnswer } from '../../verify/verify.ts';
import { verify } from '../../verify/verify.ts';
import type { Checks } from './checks.ts';
import { openSimulators, type Simulators } from './simulators.ts';
import type { VerifyResult } from './verify-result.ts';

/** The simulators behind the gateway, and how they are made to fail. */
export interface DrillOptions {
  readonly simulators: readonly string[];
  readonly failure?: SwitchedFailure;
  readonly sloMs?: number;
}

/** A gateway with the policy in force, and the requests for it. */
export interface Live {
  readonly deployed: Deployed;
  readonly checks: Checks;
  readonly send: Send;
}

/**
 * Checks the landing with nothing failing, then the drill. The simulators are left as they were
 * dialled, however it ends. @throws UsageError where there is nothing to drill, or no way to.
 */
export async function landAndDrill(live: Live, options: DrillOptions): Promise<VerifyResult> {
  const { deployed, checks } = live;
  const { policy } = deployed;
  const failure = failureFor(policy, options.failure);
  const courses = planDrill(deployed, checks.drilling);
  const simulators = await openSimulators({ urls: options.simulators, policy, failure });
  refuseUndrillable(courses, simulators);
  const send: Send = async (request, id) => {
    const answer = await live.send(request, id);
    return { ...answer, served: await simulators.served() };
  };
  try {
    await simulators.fail([]);
    const landing = await Array.fromAsync(verify(deployed, checks.landing, send));
    const steps = await Array.fromAsync(
      drill(deployed, checks.drilling, {
        send,
        fail: simulators.fail,
        slo_ms: () => options.sloMs,
        cost: (target, answer) => priceAnswer(policy, target, answer),
      }),
    );
    const rules = courses.map((course) => toTotal(course, steps));
    return {
      landing,
      notices: policyNotices(policy),
      drill: { failure, time_scale: simulators.timeScale, rules, steps },
      passed:
        landing.every(({ state }) => state === 'as-decided') &&
        steps.every(({ verdict }) => verdict === 'in-order'),
    };
  } finally {
    await simulators.release();
  }
}

function failureFor(policy: Policy, wanted: SwitchedFailure | undefined): SwitchedFailure {
  const possible = drillableFailures(policy);
  const failure = wanted ?? possible[0];
  if (failure !== undefined && possible.includes(failure)) return failure;
  const what = `the policy does not move on at ${wanted ?? 'any failure that a drill can make'}`;
  const next =
    possible.length > 0
      ? `Drill it with --failure ${possible.join(' or ')}.`
      : 'Leave out --drill.';
  throw new UsageError(`verify: ${what} (on_failure.fallback_on). ${next}`);
}

function refuseUndrillable(courses: readonly Course[], simulators: Simulators): void {
  const drilled = courses.filter((course) => course.state === 'drilled');
  if (drilled.length === 0) {
    throw new UsageError(
      'verify: there is nothing to drill: no rule has both a fallback and a request of the ' +
        'workload. Give a workload that meets the rules, or leave out --drill.',
    );
  }
  for (const { rule, steps } of drilled) {
    for (const { down, expected } of steps) {
      const failing = new Map(down.map((target) => [simulators.needed(target), target]));
      const both = expected.find((target) => failing.has(simulators.placeOf(target) ?? ''));
      if (both === undefined) continue;
      throw new UsageError(
        `verify: rule ${rule}: ${failing.get(simulators.placeOf(both) ?? '')} and ${both} are one ` +
          'provider at the simulator: one cannot fail while the other takes over. ' +
          'Give each a target of its own in the market file.',
      );
    }
  }
}

/** By the policy's own price; absent where it has none, or the answer no usage. */
function priceAnswer(
  { targets }: Policy,
  target: string,
  { body }: SentAnswer,
): number | undefined {
  const { price, model = target } = targets[target] ?? {};
  const usage = chatUsage((body as { usage?: unknown } | null | undefined)?.usage);
  if (!price || !usage) return undefined;
  const { input, output, cached_input, cache_write } = price;
  const own = {
    input,
    output,
    ...(cached_input !== undefined && { cached_input }),
    ...(cache_write !== undefined && { cache_write }),
  };
  // Its own price holds at any time.
  const bill = { target: { model, price: own, feePercent: 0 }, usage, at: new Date(0) };
  return computedPrice(bill)?.cost;
}

function toTotal(course: Course, steps: readonly DrillRow[]): RuleTotal {
  const { rule } = course;
  if (course.state !== 'drilled') return { rule, state: course.state };
  const rows = steps.filter((row) => row.rule === rule);
  const most = (values: readonly (number | undefined)[]) => {
    const known = values.filter((value) => value !== undefined);
    return known.length > 0 ? Math.max(...known) : undefined;
  };
  const added = most(rows.slice(1).map((row) => row.added_ms));
  const extra = most(rows.slice(1).map((row) => row.added_usd));
  return {
    rule,
    state: 'drilled',
    request: course.check.id,
    steps: rows.length,
    passed: rows.filter((row) => row.verdict === 'in-order').length,
    ...(added !== undefined && { worst_added_ms: added }),
    ...(extra !== undefined && { worst_added_usd: extra }),
  };
}
