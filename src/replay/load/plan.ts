import { UsageError } from '../../errors.ts';
import type { ClientOptions } from '../../http/network/client-options.ts';
import type { FailureReason } from '../../provider/answer/failure.ts';
import type { Target } from '../../provider/target/target.ts';
import { type Ms, ms, type Usd, usd } from '../../units.ts';
import type { Residency } from '../../workload/residency.ts';

/** What to replay, how hard, and when to stop: plain data, so that it can cross to the worker. */
export interface ReplayPlan {
  readonly targets: readonly Target[];
  /**
   * Values of the key variables by name; they stay in memory.
   * @default {}
   */
  readonly keys: Readonly<Record<string, string>>;
  /** @default {} */
  readonly client: ClientOptions;
  readonly load: Load;
  readonly retries: RetryPolicy;
  /** @default 1 */
  readonly seed: number;
  /**
   * How often each request is asked of each target.
   * @default 1
   */
  readonly passes: number;
  /**
   * Where requests may be served; the first entry that holds for a request binds it.
   * @default []
   */
  readonly residency: readonly Residency[];
  readonly budget?: Budget;
}

/** How requests arrive; every number is per target unless it says otherwise. */
export interface Load {
  /** @default { mode: 'closed' } */
  readonly arrivals: Arrivals;
  /**
   * Requests at one target at once, the target's own limit below it.
   * @default 8 in a closed load; none in an open one, whose arrivals say how many there are
   */
  readonly concurrency?: number;
  /**
   * Requests in flight over all targets.
   * @default no cap below the sum over the targets
   */
  readonly maxInFlight?: number;
  /**
   * Time over which rate or concurrency rise from nothing to full.
   * @default 0
   */
  readonly ramp: Ms;
  /**
   * Attempts meant for this time are marked and left out of the measurement.
   * @default 0
   */
  readonly warmup: Ms;
  /** Nothing new is sent after this time; what is in flight ends by itself. */
  readonly duration?: Ms;
  /** At this time everything ends, in flight or not; no wait goes beyond it. */
  readonly deadline?: Ms;
  /**
   * `repeat` the workload, each round a pass, until `duration`.
   * @default 'passes'
   */
  readonly rounds: 'passes' | 'repeat';
  /**
   * Earlier turns as recorded, or the target's own earlier answers (for load, not for quality).
   * @default 'recorded'
   */
  readonly history: 'recorded' | 'own';
  /**
   * Prompt caches of providers: `recorded` sends what was recorded, `cold` makes every prompt new by
   * a mark at its start, `warm` sends each request once before it is measured.
   * @default 'recorded'
   */
  readonly promptCache: 'recorded' | 'cold' | 'warm';
  /**
   * Below this share of a provider's remaining quota arb waits for its reset: production is spared.
   * @default 0.3
   */
  readonly spareShare: number;
  /**
   * Raise the concurrency until the provider answers 429.
   * @default false
   */
  readonly findLimit: boolean;
}

/** `perSecond` is per target; recorded times are divided by `speed`. */
export type Arrivals =
  | { readonly mode: 'closed' }
  | { readonly mode: 'constant'; readonly perSecond: number }
  | { readonly mode: 'poisson'; readonly perSecond: number }
  | { readonly mode: 'recorded'; readonly speed: number };

export interface RetryPolicy {
  /**
   * Retries after failures of the kinds in `on`, other than rate limits.
   * @default 2
   */
  readonly max: number;
  /**
   * Retries after `rate-limited`: the request is not at fault, and the wait is known.
   * @default 10
   */
  readonly maxRateLimited: number;
  /**
   * First wait; doubles from there, with jitter.
   * @default 500
   */
  readonly base: Ms;
  /**
   * Longest wait that arb chooses by itself.
   * @default 60000
   */
  readonly cap: Ms;
  /**
   * Longest Retry-After that is waited for; a longer one is a failure.
   * @default 600000
   */
  readonly maxWait: Ms;
  /** @default 'rate-limited', 'server-error', 'timeout', 'connect', 'cut-off', 'malformed' */
  readonly on: readonly FailureReason[];
}

/** A hard cap: the worst case of a request is reserved before it is sent. */
export interface Budget {
  readonly run?: Usd;
  /** @default {} */
  readonly targets: Readonly<Record<string, Usd>>;
  /**
   * Already spent by target, by the run that this one resumes.
   * @default {}
   */
  readonly spent: Readonly<Record<string, Usd>>;
  /**
   * Spent by the run that this one resumes, at whichever target: what a crash of the machine left in doubt.
   * @default 0
   */
  readonly lost: Usd;
  /**
   * Sent as `max_tokens` with requests that set none: an open end has no worst case.
   * @default 4096
   */
  readonly maxOutputTokens: number;
}

export type RetryOptions = Partial<RetryPolicy>;
export type BudgetOptions = Partial<Budget>;

/** A plan as it may be asked for; `planReplay` fills in the rest. */
export interface ReplayOptions
  extends Partial<Omit<ReplayPlan, 'targets' | 'load' | 'retries' | 'budget'>> {
  readonly targets: readonly Target[];
  readonly load?: Partial<Load>;
  readonly retries?: RetryOptions;
  readonly budget?: BudgetOptions;
}

const load = {
  arrivals: { mode: 'closed' },
  ramp: ms(0),
  warmup: ms(0),
  rounds: 'passes',
  history: 'recorded',
  promptCache: 'recorded',
  // 30 % is left to production, which shares the keys.
  spareShare: 0.3,
  findLimit: false,
} as const satisfies Load;

/** Of a closed load that says nothing else. */
const defaultConcurrency = 8;

const retries = {
  max: 2,
  // Ten tries of up to a minute outlast several one-minute windows of a provider.
  maxRateLimited: 10,
  base: ms(500),
  cap: ms(60_000),
  maxWait: ms(600_000),
  on: ['rate-limited', 'server-error', 'timeout', 'connect', 'cut-off', 'malformed'],
} as const satisfies RetryPolicy;

const budget = {
  targets: {},
  spent: {},
  lost: usd(0),
  maxOutputTokens: 4_096,
} as const satisfies Budget;

/** Fills in the defaults and refuses what contradicts itself. @throws UsageError */
export function planReplay(options: ReplayOptions): ReplayPlan {
  const plan: ReplayPlan = {
    targets: options.targets,
    keys: options.keys ?? {},
    client: options.client ?? {},
    load: {
      ...load,
      ...((options.load?.arrivals ?? load.arrivals).mode === 'closed' && {
        concurrency: defaultConcurrency,
      }),
      ...options.load,
    },
    retries: { ...retries, ...options.retries },
    seed: options.seed ?? 1,
    passes: options.passes ?? 1,
    residency: options.residency ?? [],
    ...(options.budget && { budget: { ...budget, ...options.budget } }),
  };
  const fault = findFault(plan);
  if (fault) throw new UsageError(fault);
  return plan;
}

function findFault({ targets, load, passes }: ReplayPlan): string | undefined {
  const { arrivals } = load;
  if (targets.length === 0) return 'targets: none given; name at least one in arb.yaml.';
  const names = targets.map((target) => target.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) return `targets: "${twice}" is given twice; give one of them another name.`;
  if (load.concurrency !== undefined && !isCount(load.concurrency))
    return 'load.concurrency: must be a whole number from 1.';
  if (load.maxInFlight !== undefined && !isCount(load.maxInFlight))
    return 'load.max_in_flight: must be a whole number from 1.';
  if (!isCount(passes)) return 'passes: must be a whole number from 1.';
  if ('perSecond' in arrivals && !(arrivals.perSecond > 0 && arrivals.perSecond < Infinity)) {
    return `load.rate: ${arrivals.mode} arrivals need a rate per second above 0.`;
  }
  if ('speed' in arrivals && !(arrivals.speed > 0 && arrivals.speed < Infinity)) {
    return 'load.speed: must be above 0.';
  }
  if (load.findLimit && arrivals.mode !== 'closed') {
    return 'load.find_limit: needs a closed load, whose concurrency can rise.';
  }
  if (load.promptCache === 'warm' && arrivals.mode !== 'closed') {
    return 'load.prompt_cache: warm needs a closed load; arrivals in time leave no time to warm up.';
  }
  if (load.rounds === 'repeat' && load.duration === undefined) {
    return 'load.cycle: repeating the workload never ends; give --duration too.';
  }
  return undefined;
}

const isCount = (value: number) => Number.isInteger(value) && value >= 1;
