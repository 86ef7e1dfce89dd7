/** SIGHUP comes where the terminal or the connection to it is closed: the run drains all the same. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What is in flight is aborted and the run closed in milliseconds; where something hangs, no longer. */
const graceTime = 800;

/**
 * Calls `listener` at each signal that asks the process to end. The second ends it within a second,
 * whatever is under way: all that is measured is on disk by then.
 */
export function onInterrupt(listener: () => void): () => void {
  let count = 0;
  const take = () => {
    count += 1;
    if (count === 2) setTimeout(() => process.exit(130), graceTime).unref();
    listener();
  };
  for (const signal of signals) process.on(signal, take);
  return () => {
    for (const signal of signals) process.off(signal, take);
  };
}
