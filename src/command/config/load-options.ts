import { UsageError } from '../../errors.ts';
import type { Load, ReplayOptions } from '../../replay/load/plan.ts';
import { type Ms, ms } from '../../units.ts';
import type { Config } from './schema.ts';

/** How requests are sent; what is given here wins over arb.yaml. */
export interface LoadOptions {
  /** How requests arrive. @default load.mode of arb.yaml, else closed; poisson where a rate is given */
  readonly load?: Config['load']['mode'];
  /** Requests per second and target, for constant and poisson. */
  readonly rate?: number;
  /** Recorded arrivals are sent this many times as fast. @default 1 */
  readonly speed?: number;
  /** Requests in flight per target. */
  readonly concurrency?: number;
  /** Requests in flight in all. */
  readonly maxInFlight?: number;
  /** Time in which the load rises to its full size, in ms. @default 0 */
  readonly ramp?: number;
  /** Requests sent in this time, in ms, are left out of the figures. @default 0 */
  readonly warmup?: number;
  /** Nothing new is sent after this time, in ms. */
  readonly duration?: number;
  /** Everything ends at this time, in ms. */
  readonly deadline?: number;
  /** Repeat the workload until `duration`. @default false */
  readonly cycle?: boolean;
  /** A session is sent its target's own earlier answers; for load only. @default false */
  readonly ownHistory?: boolean;
  /** State of the providers' prompt caches. @default 'recorded' */
  readonly promptCache?: Load['promptCache'];
  /** Continue past a provider's rate limit to measure where it is. @default false */
  readonly findLimit?: boolean;
}

/** The load in the replay's terms. @throws UsageError where arrivals lack their rate. */
export function loadOptions({ load }: Config, given: LoadOptions, file: string): Partial<Load> {
  const mode = given.load ?? (given.rate === undefined ? load.mode : 'poisson');
  const rate = given.rate ?? load.rate;
  const chosen = {
    // An open load has as many in flight as arrive, unless the command says otherwise.
    concurrency: given.concurrency ?? (mode === 'closed' ? load.concurrency : undefined),
    maxInFlight: given.maxInFlight ?? load.max_in_flight,
    ramp: asMs(given.ramp ?? load.ramp_ms),
    warmup: asMs(given.warmup ?? load.warmup_ms),
    duration: asMs(given.duration),
    deadline: asMs(given.deadline),
    spareShare: load.spare_share,
    rounds: given.cycle ? ('repeat' as const) : undefined,
    history: given.ownHistory ? ('own' as const) : undefined,
    promptCache: given.promptCache,
    findLimit: given.findLimit,
  };
  const present = Object.entries(chosen).filter(([, value]) => value !== undefined);
  const options: Partial<Load> = Object.fromEntries(present);
  if (mode === 'closed') return options;
  if (mode === 'recorded') {
    return { ...options, arrivals: { mode, speed: given.speed ?? load.speed } };
  }
  if (rate === undefined) {
    throw new UsageError(
      `${file}: load.rate: ${mode} arrivals need requests per second, e.g. rate: 5 or --rate 5.`,
    );
  }
  return { ...options, arrivals: { mode, perSecond: rate } };
}

function asMs(value: number | undefined): Ms | undefined {
  return value === undefined ? undefined : ms(value);
}

/** The retries section in the replay's terms. */
export function retryOptions({ defaults }: Config): NonNullable<ReplayOptions['retries']> {
  return defaults.retries.max === undefined ? {} : { max: defaults.retries.max };
}
