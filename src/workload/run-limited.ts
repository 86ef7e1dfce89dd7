import { createContext, Script } from 'node:vm';

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
