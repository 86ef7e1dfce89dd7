import type { ExitCode } from '../errors.ts';

/** `nightly.json`: what a night decided, and why. */
export interface Night {
  readonly kind: 'nightly';
  readonly version: 1;
  /** UTC date. */
  readonly date: string;
  /** Of arb.yaml and of what was asked: the same night is never paid for twice. */
  readonly config_hash: string;
  /**
   * `proposed`: routes.yaml was written anew. `kept`: what runs stays. `stopped`: to be resumed by the
   * same command. `started`: killed on the way, likewise.
   */
  readonly verdict: 'started' | 'stopped' | 'kept' | 'proposed';
  readonly why: string;
  /** Whether the deployed policy still does what it claims, or what its gate said. */
  readonly deployed?: { readonly verdict: string; readonly why: string };
  /** What the new policy does differently, a line each. */
  readonly changes: readonly string[];
  /** Id of the policy in force after the night. */
  readonly policy?: string;
  readonly exit_code?: ExitCode;
  /** What it left in its directory besides the run. */
  readonly files: readonly string[];
}
