import type { ExitCode } from '../errors.ts';

/** `nightly.json`: what a night decided, and why. */
export interface Night {
  readonly kind: 'nightly';
  readonly version: 1;
  /** UTC date. */
  readonly date: string;
  /** Of arb.yaml without its budget, and of what was asked: the same night is never paid for twice. */
  readonly config_hash: string;
  /**
   * `proposed`: routes.yaml was written anew. `kept`: what runs stays. `stopped`: to be resumed by the
   * same command. `started`: killed on the way, likewise.
   */
  readonly verdict: 'started' | 'stopped' | 'kept' | 'proposed';
  readonly why: string;
  /** What was drawn from the log. */
  readonly sample?: NightSample;
  /** Whether the deployed policy still does what it claims, or what its gate said. */
  readonly deployed?: { readonly verdict: string; readonly why: string };
  /** What the new policy does differently, a line each. */
  readonly changes: readonly string[];
  /** Id of the policy in force after the night. */
  readonly policy?: string;
  readonly exit_code?: ExitCode;
  /** Later nights may be held against the run: it was decided on, and its gate found nothing against it. */
  readonly accepted: boolean;
  /** What it left in its directory besides the run. */
  readonly files: readonly string[];
  /** Only while files are put in place, see `UnwrittenNight`. */
  readonly unwritten?: UnwrittenNight;
}

/** What was drawn from a night's log. */
export interface NightSample {
  readonly requests: number;
  readonly of: number;
  /** Lines of the log that are no request. */
  readonly left_out: number;
  /** The first of them: place, what is wrong with it and what to do. */
  readonly first_left_out?: string;
}

/**
 * A decision on its way to its files. It is on the disk before the first of them is touched, so that a
 * night which is cut off between the two ends as it was decided: decided again, it would take its own new
 * policy for the one in force.
 */
export interface UnwrittenNight {
  readonly night: Night;
  /** SHA-256 of the deployed policy that it was decided against; absent where there was none. */
  readonly over?: string;
  readonly writes: readonly { readonly path: string; readonly text: string }[];
}
