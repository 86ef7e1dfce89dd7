import { createContext, Script } from 'node:vm';

/** How much of a workload is read, and how long a check of an answer may take. */
export interface ReadingLimits {
  /** The longest line, in UTF-16 units. */
  readonly lineCharacters: number;
  /** The deepest nesting of a line. */
  readonly depth: number;
}

const megabyte = 1_024 * 1_024;

/**
 * Where arb.yaml says nothing. Providers take requests of 20 to 50 MB, and bodies have some ten levels:
 * a tool whose schema has twenty nested objects has some fifty.
 */
export const defaultReadingLimits: ReadingLimits = { lineCharacters: 64 * megabyte, depth: 64 };

/**
 * The most that can be set: a text of V8 ends at 512 MB and is copied once while it is read; what is
 * nested some thousand deep ends the call stack of one reader or another.
 */
export const widestReadingLimits: ReadingLimits = { lineCharacters: 256 * megabyte, depth: 500 };

/** The limits that an arb.yaml sets under `limits`. */
export function toReadingLimits({
  workload_line_mb,
  workload_depth,
}: {
  readonly workload_line_mb?: number | undefined;
  readonly workload_depth?: number | undefined;
} = {}): ReadingLimits {
  const { lineCharacters, depth } = defaultReadingLimits;
  return {
    lineCharacters:
      workload_line_mb === undefined ? lineCharacters : Math.ceil(workload_line_mb * megabyte),
    depth: workload_depth ?? depth,
  };
}

/** What did not end in time: it says nothing of what it was to find. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
}

/**
 * A pattern may take exponential time on the text that it is tried on (`^(a+)+$`). A check of an
 * honest answer takes microseconds, and a megabyte through a nested schema milliseconds.
 */
export const longestCheckMs = 1_000;

const context = createContext({ run: undefined });
const script = new Script('run()');

/**
 * Runs a function of this thread, which V8 ends after some time, in the middle of a regular
 * expression too.
 * @param most @default longestCheckMs
 * @throws LimitError where it was ended.
 */
export function runLimited<T>(run: () => T, most: number = longestCheckMs): T {
  context.run = run;
  try {
    return script.runInContext(context, { timeout: Math.ceil(most) }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new LimitError(`no end after ${most} ms`);
  } finally {
    context.run = undefined;
  }
}
