import type { Policy } from '../../policy/policy.ts';
import type { LossRow } from './loss.ts';
import type { Bindings } from './plan.ts';

/** Turns a policy into one gateway's own configuration; the same policy gives the same bytes. */
export interface Exporter {
  /** What `--to` calls it. */
  readonly name: string;
  /** @throws UsageError where a target is a bare name, or routing would change silently. */
  export(policy: Policy, options?: ExportOptions): ExportResult;
}

export interface ExportOptions {
  /**
   * Write the configuration although requests would land elsewhere; the loss says which.
   * @default false
   */
  readonly allowLoss?: boolean;
  /** @default {} */
  readonly bindings?: Bindings;
  /** The model name that callers ask for where the gateway wants one. @default 'arb' */
  readonly entry?: string;
}

/** A gateway's files, and what they do not say of the policy. */
export interface ExportResult {
  readonly files: readonly ExportedFile[];
  readonly loss: readonly LossRow[];
  /** What the user has to do with the files, one step each. */
  readonly notes: readonly string[];
  /** The policy that the gateway follows with these files: without what was dropped. */
  readonly effective: Policy;
  /** Who counts input tokens: `arb`, or the gateway in its own way. */
  readonly counter: string;
}

export interface ExportedFile {
  readonly path: string;
  readonly text: string;
}
