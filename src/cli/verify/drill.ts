import {
  type CheckRow,
  type Course,
  chatUsage,
  computedPrice,
  coursesOf,
  type Deployed,
  type DrillRow,
  drill,
  drillableFailures,
  type Policy,
  type Send,
  type SentAnswer,
  type SwitchedFailure,
  UsageError,
  verify,
} from '../../index.ts';
import type { Checks } from './checks.ts';
import { openSimulators, type Simulators } from './simulators.ts';

/** What a replay through the gateway found, and the drill after it. */
export interface Found {
  readonly landing: readonly CheckRow[];
  readonly drill?: Drilled;
}

export interface Drilled {
  readonly failure: SwitchedFailure;
  /** What of real time the simulator's times are. */
  readonly time_scale: number;
  readonly rules: readonly RuleTotal[];
  readonly steps: readonly DrillRow[];
}

/** What one rule's drill came to; of a rule that was not drilled, why. */
export type RuleTotal = { readonly rule: string } & (
  | {
      readonly state: 'drilled';
      readonly request: string;
      readonly steps: number;
      readonly passed: number;
      /** The most that a step took longer, and cost more, than with nothing down. */
      readonly worst_added_ms?: number;
      readonly worst_added_usd?: number;
    }
  | { readonly state: 'no-request' | 'no-fallback' }
);

export interface DrillOptions {
  readonly simulators: readonly string[];
  readonly failure?: SwitchedFailure;
  readonly sloMs?: number;
}

export interface Live {
  readonly deployed: Deployed;
  readonly checks: Checks;
  readonly send: Send;
}

/**
 * Checks the landing with nothing failing, then the drill. The simulators are left as they were
 * dialled, however it ends. @throws UsageError where there is nothing to drill, or no way to.
 */
export async function landAndDrill(live: Live, options: DrillOptions): Promise<Found> {
  const { deployed, checks } = live;
  const { policy } = deployed;
  const failure = failureFor(policy, options.failure);
  const courses = coursesOf(deployed, checks.drilling);
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
        cost: (target, answer) => costOf(policy, target, answer),
      }),
    );
    const rules = courses.map((course) => totalOf(course, steps));
    return { landing, drill: { failure, time_scale: simulators.timeScale, rules, steps } };
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
function costOf({ targets }: Policy, target: string, { body }: SentAnswer): number | undefined {
  const { price, model = target } = targets[target] ?? {};
  const usage = chatUsage((body as { usage?: unknown } | null | undefined)?.usage);
  if (!price || !usage) return undefined;
  const { input, output, cached_input, cache_write } = price;
  const own = {
    ...{ input, output },
    ...(cached_input !== undefined && { cached_input }),
    ...(cache_write !== undefined && { cache_write }),
  };
  // Its own price holds at any time.
  const bill = { target: { model, price: own, feePercent: 0 }, usage, at: new Date(0) };
  return computedPrice(bill)?.cost;
}

function totalOf(course: Course, steps: readonly DrillRow[]): RuleTotal {
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
    ...{ rule, state: 'drilled', request: course.check.id, steps: rows.length },
    passed: rows.filter((row) => row.verdict === 'in-order').length,
    ...(added !== undefined && { worst_added_ms: added }),
    ...(extra !== undefined && { worst_added_usd: extra }),
  };
}
