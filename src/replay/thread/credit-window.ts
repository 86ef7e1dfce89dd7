import { concurrencyLimit } from '../attempt/target-state.ts';
import type { ReplayEvent } from '../event/event.ts';
import type { JobMessage, SkippedRequest } from '../load/jobs.ts';
import type { ReplayPlan } from '../load/plan.ts';
import type { EventBatch } from './event-codec.ts';
import type { ThreadCommand } from './worker.ts';

/** Brings jobs to the measuring thread, no faster than they are done with. */
export interface CreditWindow {
  /** Resolves when there is nothing more to bring, with the error of the source if it had one. */
  run(
    pieces: AsyncIterable<readonly (JobMessage | SkippedRequest)[]>,
    put: (event: ReplayEvent) => void,
  ): Promise<Error | undefined>;
  /** Jobs are done with, and their events taken. */
  credit(batch: EventBatch): void;
  stop(): void;
}

/**
 * Requests under way or in line: enough to keep every place busy over a slow consumer, and no more, as
 * each is moved by the collector again and again while it waits.
 */
const leastAhead = 256;
const aheadPerPlace = 4;
/** Prompts that are held in memory, however long each is. */
const mostBytesAhead = 16 * 1_024 * 1_024;
const jobsPerOrder = 64;
/** Larger messages would be held twice, once on each side. */
const bytesPerOrder = 256 * 1_024;

export function createCreditWindow(
  plan: ReplayPlan,
  order: (order: ThreadCommand) => void,
): CreditWindow {
  const places = plan.targets.reduce((sum, target) => sum + concurrencyLimit(target, plan), 0);
  const mostAhead = Math.max(leastAhead, aheadPerPlace * places);
  let ahead = 0;
  let bytesAhead = 0;
  let stopped = false;
  let pending: JobMessage[] = [];
  let pendingBytes = 0;
  let roomMade = Promise.withResolvers<void>();
  const wake = () => {
    roomMade.resolve();
    roomMade = Promise.withResolvers<void>();
  };
  const send = () => {
    if (pending.length > 0) order({ kind: 'jobs', jobs: pending });
    pending = [];
    pendingBytes = 0;
  };
  const full = () => ahead >= mostAhead || (ahead > 0 && bytesAhead >= mostBytesAhead);
  const bring = (job: JobMessage) => {
    // What is read is sent within the turn of the loop, even where the source is slow.
    if (pending.length === 0) setImmediate(send);
    pending.push(job);
    pendingBytes += job.bytes;
    ahead += 1;
    bytesAhead += job.bytes;
    if (pending.length >= jobsPerOrder || pendingBytes >= bytesPerOrder) send();
  };
  return {
    async run(pieces, put) {
      let fault: Error | undefined;
      try {
        for await (const jobs of pieces) {
          for (const job of jobs) {
            while (full() && !stopped) await roomMade.promise;
            if (stopped) break;
            if ('kind' in job) put(job);
            else bring(job);
          }
          if (stopped) break;
        }
      } catch (error) {
        fault = error instanceof Error ? error : new Error(String(error));
      }
      send();
      order({ kind: 'end' });
      return fault;
    },
    credit(batch) {
      ahead -= batch.jobs;
      bytesAhead -= batch.bytes;
      wake();
    },
    stop() {
      stopped = true;
      wake();
    },
  };
}
