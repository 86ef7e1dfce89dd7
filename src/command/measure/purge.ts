import { ArbError, type ExitCode, exitCodes } from '../../errors.ts';
import { findRuns, type StoredRun } from '../../store/find-runs.ts';
import { removeRun } from '../../store/purge.ts';
import type { CommandContext } from '../context.ts';

/** Which runs go. */
export interface PurgeOptions {
  /** Where run directories are looked for. @default 'reports' */
  readonly folder?: string;
  /** Runs that ended before this many ms ago. */
  readonly olderThan: number;
  /** Delete them. @default false: only listed */
  readonly yes?: boolean;
}

/** What was listed, or deleted. */
export interface PurgeResult {
  readonly deleted: boolean;
  readonly runs: readonly StoredRun[];
  /** Runs that stay although they are old enough, and why. */
  readonly refused: readonly { readonly dir: string; readonly why: string }[];
  /** Runs that are younger. */
  readonly younger: number;
  readonly exitCode: ExitCode;
}

/** Lists the old run directories, which hold prompts and answers, or deletes them. */
export function purge(
  { folder = 'reports', olderThan, yes = false }: PurgeOptions,
  { now }: Pick<CommandContext, 'now'>,
): PurgeResult {
  const limit = new Date(now().getTime() - olderThan).toISOString();
  const found = findRuns(folder);
  // Copied, for their bytes are counted when they are read, and then they are still there.
  const old = found.filter(({ at }) => at < limit).map((run) => ({ ...run }));
  const refused = yes ? old.flatMap(({ dir }) => remove(dir)) : [];
  return {
    deleted: yes,
    runs: old.filter(({ dir }) => refused.every((each) => each.dir !== dir)),
    refused,
    younger: found.length - old.length,
    exitCode: refused.length === 0 ? exitCodes.ok : exitCodes.stopped,
  };
}

function remove(dir: string): PurgeResult['refused'] {
  try {
    removeRun(dir);
    return [];
  } catch (error) {
    if (error instanceof ArbError) return [{ dir, why: error.message }];
    throw error;
  }
}
