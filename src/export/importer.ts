import type { Policy } from '../policy/policy.ts';

/** Reads a gateway's present routing back as a policy, so that "keep current" is what really runs. */
export interface Importer {
  readonly name: string;
  /** @throws UsageError where the file is not that gateway's. */
  import(text: string, options: ImportOptions): ImportResult;
}

export interface ImportOptions {
  /** Named in errors. */
  readonly file: string;
  /** The model name that callers ask for, where a file has several. */
  readonly entry?: string;
}

export interface ImportResult {
  readonly policy: Policy;
  /** What the file says and a policy cannot, one sentence each; empty: it is all there. */
  readonly unread: readonly string[];
}
