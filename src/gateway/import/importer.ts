import type { Policy } from '../../policy/policy.ts';
import type { PolicyDraft } from '../../policy/write.ts';

/** Which file it is, for the words of an importer. */
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

/** The targets that were read so far, by name. */
export type Targets = Record<string, PolicyDraft['targets'][string]>;

/** Adds a target and gives its name: the wanted one, with a number where another target has it. */
export function addTarget(targets: Targets, wanted: string, target: Targets[string]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted} ${n}`;
    const before = targets[name];
    if (before && JSON.stringify(before) !== JSON.stringify(target)) continue;
    targets[name] = target;
    return name;
  }
}
