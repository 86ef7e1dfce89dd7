import { type MessagePort, Worker } from 'node:worker_threads';
import { UsageError } from '../errors.ts';
import { worstCaseCost } from '../price/worst-cost.ts';
import { tokens } from '../units.ts';
import type { ReplayEvent } from './event/event.ts';
import { createJobs, type Done, type Requests } from './load/jobs.ts';
import type { ReplayPlan } from './load/plan.ts';
import { createCreditWindow } from './thread/credit-window.ts';
import { decodeEvents } from './thread/event-codec.ts';
import { createEventQueue } from './thread/event-queue.ts';
import { limitHeapGrowth, youngGenerationMb } from './thread/memory.ts';
import { threadEntry } from './thread/thread-entry.ts';
import type { ThreadCommand, ThreadData } from './thread/worker.ts';

/**
 * A replay under way. Its events come once, in order; the replay goes no further ahead than the
 * consumer has taken them, so that nothing is lost between the wire and the disk.
 */
export interface Run extends AsyncIterable<ReplayEvent> {
  /** Nothing new is sent, what is in flight ends by itself: for the first interrupt. */
  drain(): void;
  /** What is in flight ends too: for the second. */
  abort(): void;
}

export interface RunOptions {
  /** What is already answered, and is not sent again. */
  readonly done?: Done;
  /**
   * Takes each reservation of a budget as a `LedgerEntry`; nothing is sent before its `Receipt`.
   * Without one the budget holds, but a resumed run does not know what was under way.
   */
  readonly ledger?: MessagePort;
  /** `own`: nothing else runs in this process, and V8 may be told to keep its heaps small. */
  readonly process?: 'own' | 'shared';
  /** The measuring thread's entry; a test brings its own. */
  readonly worker?: URL;
}

/**
 * Replays `requests` as planned, in a thread of its own. Iterating throws the error of `requests`
 * after all that was measured before it, and a plain error where the measuring thread dies.
 *
 * @throws UsageError, here or from the iteration, where the plan cannot be kept
 */
export function startReplay(plan: ReplayPlan, requests: Requests, options: RunOptions = {}): Run {
  const unpriced = plan.budget && plan.targets.find((target) => !hasPrice(target));
  if (unpriced) {
    throw new UsageError(
      `target "${unpriced.name}": its price is not known, so no budget can be kept. Give it price: in arb.yaml, or take the budget away.`,
    );
  }
  const frugal = options.process === 'own';
  if (frugal) limitHeapGrowth();
  const { ledger } = options;
  const worker = new Worker(options.worker ?? threadEntry(import.meta.url, 'thread/worker'), {
    workerData: { plan, frugal, ...(ledger && { ledger }) } satisfies ThreadData,
    transferList: ledger ? [ledger] : [],
    execArgv: [],
    ...(frugal && { resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb } }),
  });
  const order = (each: ThreadCommand) => worker.postMessage(each);
  const inbox = createEventQueue(worker);
  const feeder = createCreditWindow(plan, order);
  const stop = (kind: 'drain' | 'abort') => {
    order({ kind, why: 'interrupted' });
    feeder.stop();
  };
  async function* events(): AsyncGenerator<ReplayEvent> {
    let fault: Error | undefined;
    const jobs = createJobs(plan, requests, options.done ?? (() => false));
    feeder.run(jobs, inbox.put).then((seen) => {
      fault = seen;
    });
    try {
      for (;;) {
        const next = await inbox.take();
        if (next.kind !== 'batch') {
          yield next;
          continue;
        }
        let last: ReplayEvent | undefined;
        for (const event of decodeEvents(next)) {
          if (event.kind === 'finished') last = event;
          else yield event;
        }
        feeder.credit(next);
        if (!last) continue;
        yield last;
        if (fault) throw fault;
        return;
      }
    } finally {
      feeder.stop();
      await worker.terminate();
    }
  }
  const iterator = events();
  return {
    drain: () => stop('drain'),
    abort: () => stop('abort'),
    [Symbol.asyncIterator]: () => iterator,
  };
}

const hasPrice = (target: ReplayPlan['targets'][number]) =>
  worstCaseCost(target, { inputTokens: tokens(1), maxTokens: tokens(1) }, new Date()) !== undefined;
