import type { Worker } from 'node:worker_threads';
import { StorageError, UsageError } from '../../errors.ts';
import type { ReplayEvent } from '../event/event.ts';
import type { EventBatch } from './event-codec.ts';
import type { Report } from './worker.ts';

/** What has come from the measuring thread and was not taken yet. */
export interface EventQueue {
  /** Next in order. Throws once all is taken where the thread died or reported a fault. */
  take(): Promise<EventBatch | ReplayEvent>;
  /** An event that was known without the thread. */
  put(event: ReplayEvent): void;
}

export function createEventQueue(worker: Worker): EventQueue {
  const kept: (EventBatch | ReplayEvent)[] = [];
  let fault: Error | undefined;
  let waiting = Promise.withResolvers<void>();
  const changed = () => {
    waiting.resolve();
    waiting = Promise.withResolvers<void>();
  };
  const fail = (error: Error) => {
    fault ??= error;
    changed();
  };
  worker.on('message', (report: Report) => {
    if (report.kind === 'fault') return fail(toError(report));
    kept.push(report);
    changed();
  });
  worker.on('error', (error: Error) => {
    fail(new Error(`the measuring thread died: ${error.message}`, { cause: error }));
  });
  worker.on('exit', (code) => fail(new Error(`the measuring thread ended with code ${code}`)));
  return {
    async take() {
      for (;;) {
        const next = kept.shift();
        if (next) return next;
        if (fault) throw fault;
        await waiting.promise;
      }
    },
    put(event) {
      kept.push(event);
      changed();
    },
  };
}

/** Errors lose their class between threads. */
function toError({ name, message, stack }: Extract<Report, { kind: 'fault' }>): Error {
  if (name === 'UsageError') return new UsageError(message);
  if (name === 'StorageError') return new StorageError(message);
  const error = new Error(`the measuring thread failed: ${message}`);
  error.stack = stack;
  return error;
}
