import type { LoadOptions } from '../../config/load-options.ts';

/** How a workload is replayed; what is given here wins over arb.yaml. */
export interface BenchOptions extends LoadOptions {
  /** @default 'arb.yaml' */
  readonly config?: string;
  /** Names of the targets to ask. @default all of arb.yaml */
  readonly targets?: readonly string[];
  /** The run directory. @default `reports/<date>-<name>` */
  readonly out?: string;
  /** Part of the directory's name. @default 'bench' */
  readonly name?: string;
  /** Size of a seeded sample of the workload. @default all of it */
  readonly requests?: number;
  /** How often each request is asked. @default 1 */
  readonly passes?: number;
  /** Of the sample and of the arrival times. @default 1 */
  readonly seed?: number;
  /** Hard cap on what the run may cost, in USD. @default budget.max_usd of arb.yaml */
  readonly maxUsd?: number;
  /** Continue the unfinished run in `out`, or the newest one of this workload. @default false */
  readonly resume?: boolean;
  /** Measure arb's own error against its own simulator first. @default false */
  readonly calibrate?: boolean;
  /** Leave bad lines of the workload out. @default false: they are refused */
  readonly skipInvalid?: boolean;
  /** Permissions that files of the run do not have, as in umask(2). @default 0o077 */
  readonly umask?: number;
  /** Hosts that keys may be sent to besides those of their providers, as NAME=HOST. @default none */
  readonly allowKey?: readonly string[];
  /** Keep the texts of the answers, which judging needs. @default true */
  readonly answers?: boolean;
}

/** The options with every default that does not depend on arb.yaml filled in. */
export type NormalBenchOptions = BenchOptions & Required<Pick<BenchOptions, keyof typeof defaults>>;

const defaults = {
  name: 'bench',
  passes: 1,
  seed: 1,
  resume: false,
  calibrate: false,
  skipInvalid: false,
  answers: true,
} as const satisfies BenchOptions;

/** Fills in the defaults. */
export function normalBenchOptions(options: BenchOptions): NormalBenchOptions {
  return { ...defaults, ...options };
}
