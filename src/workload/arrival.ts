import { UsageError } from '../errors.ts';

/** Ends a replay of recorded arrivals at a request (by its line) that has none. @throws UsageError always */
export function refuseTimeless(line: number): never {
  throw new UsageError(
    `line ${line} of the workload has no at_ms, so its recorded arrival cannot be replayed. Give every request at_ms, or choose another load.`,
  );
}
