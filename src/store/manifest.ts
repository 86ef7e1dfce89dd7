import { cpus } from 'node:os';
import type { Calibration } from '../measure/calibration.ts';
import type { AchievedLoad } from '../replay/event/event.ts';

/** What a run was: enough to repeat it, and to know whether to believe it. */
export interface Manifest {
  readonly kind: 'run';
  readonly version: 1;
  readonly arb: string;
  readonly name: string;
  /** `running` after a crash too: then the run can be resumed. */
  readonly state: RunState;
  /** Why the run is not to be believed; empty = valid. */
  readonly invalid: readonly string[];
  /** ISO 8601. */
  readonly started_at: string;
  readonly ended_at?: string;
  readonly workload: { readonly file: string; readonly hash: string; readonly requests: number };
  /** The arb.yaml in force after defaults, without any secret. */
  readonly config: unknown;
  readonly targets: readonly string[];
  readonly seed: number;
  readonly passes: number;
  readonly load: unknown;
  readonly prices: {
    /** Day of the catalogue's snapshot. */
    readonly catalogue: string;
    readonly overridden: readonly string[];
    /** USD per million tokens at the start, before any fee, where the price is known. */
    readonly by_target?: Readonly<Record<string, PriceOnFile>>;
  };
  /** Where the measuring was done from, in the user's words, and on what. */
  readonly vantage: { readonly name: string; readonly node: string; readonly cpus: number };
  readonly versions: Readonly<Record<string, string>>;
  /** Requests sent, by receiver (target or judge) and `metadata.data_class`. */
  readonly disclosed?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Answers by the model that the provider says served them, by target. */
  readonly served_models?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** In a closed load: requests in flight as asked and as achieved, by target. */
  readonly in_flight?: Readonly<Record<string, AchievedLoad>>;
  /** arb's own error, one entry for each time the run was started or resumed. */
  readonly self: readonly unknown[];
  /** Present where arb was measured against its own simulator before the run began. */
  readonly calibration?: Calibration;
}

/** USD per million tokens. */
interface PriceOnFile {
  readonly input: number;
  readonly output: number;
  readonly cached_input?: number;
  readonly cache_write?: number;
}

export type RunState = 'running' | 'complete' | 'interrupted' | 'stopped';

/** What a run is measured on: the version of Node (`v24.21.0`) and the number of processors. */
export function describeMachine(): { readonly node: string; readonly cpus: number } {
  return { node: process.version, cpus: cpus().length };
}
