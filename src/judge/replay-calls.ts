import type { MessagePort } from 'node:worker_threads';
import type { Target } from '../provider/target/target.ts';
import type { Attempt } from '../replay/event/attempt.ts';
import { countsAsSpent } from '../replay/event/billing.ts';
import type { ReplayEvent } from '../replay/event/event.ts';
import { planReplay, type ReplayOptions } from '../replay/load/plan.ts';
import { type Run, startReplay } from '../replay/replay.ts';
import { type Usd, usd } from '../units.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import type { AskedRequest, ReplayCalls } from './panel/ask.ts';

/** How judges are called: as in `ReplayOptions`, for the judges as targets. */
export interface JudgeReplayOptions extends Omit<ReplayOptions, 'targets' | 'passes'> {
  /** Called with each replay as it starts, so that an interrupt can drain it. */
  readonly onRun?: (run: Run) => void;
  /** Opens the ledger of one replay: nothing is sent before its reservation is kept. */
  readonly openLedger?: () => JudgeLedger;
  /** Called with each attempt before it is seen by anyone else. */
  readonly onAttempt?: (attempt: Attempt, row: string) => void;
  /** Called at the first attempt to send a request to a judge: from then on it is disclosed. */
  readonly onSent?: (request: WorkloadRequest, judge: string) => void;
}

/** A ledger while it is open. */
export interface JudgeLedger {
  readonly port: MessagePort;
  close(): Promise<void>;
}

/**
 * Judge calls through the replay engine, with its limits, retries and budget. A budget holds over all
 * rounds together: what one round spent is gone for the next.
 */
export function judgeReplay(judges: readonly Target[], options: JudgeReplayOptions): ReplayCalls {
  const { onRun, onSent, onAttempt, openLedger, budget, ...rest } = options;
  const spent: Record<string, Usd> = Object.assign(Object.create(null), budget?.spent);
  return async function* (asked) {
    const wanted = new Map(asked.map(({ id, judges: names }) => [id, new Set(names)]));
    const used = new Set(asked.flatMap(({ judges: names }) => names));
    const plan = planReplay({
      ...rest,
      targets: judges.filter(({ name }) => used.has(name)),
      passes: 1,
      ...(budget && { budget: { ...budget, spent: { ...spent } } }),
    });
    const sent = new Map<string, WorkloadRequest>();
    const ledger = budget && openLedger?.();
    const account = (event: ReplayEvent) => {
      if (event.kind !== 'attempt') return;
      const { target, request_id, attempt } = event.attempt;
      onAttempt?.(event.attempt, event.row ?? JSON.stringify(event.attempt));
      const request = sent.get(request_id);
      if (request && attempt === 1) onSent?.(request, target);
      spent[target] = usd((spent[target] ?? 0) + countsAsSpent(event.attempt));
    };
    try {
      const run = startReplay(plan, () => requestsOf(asked, sent), {
        done: (id, judge) => !wanted.get(id)?.has(judge),
        ...(ledger && { ledger: ledger.port }),
      });
      onRun?.(run);
      yield* followRun(run, account);
    } finally {
      await ledger?.close();
    }
  };
}

/** An asker that has seen enough aborts the run; what was sent until then is accounted for. */
async function* followRun(
  run: Run,
  account: (event: ReplayEvent) => void,
): AsyncGenerator<ReplayEvent> {
  const events = run[Symbol.asyncIterator]();
  let next = await events.next();
  try {
    for (; !next.done; next = await events.next()) {
      account(next.value);
      yield next.value;
    }
  } finally {
    if (!next.done) run.abort();
    while (!next.done) {
      next = await events.next();
      if (!next.done) account(next.value);
    }
  }
}

async function* requestsOf(asked: readonly AskedRequest[], sent: Map<string, WorkloadRequest>) {
  for (const each of asked) {
    const request = each.request();
    // Its class is wanted when it is sent; its text is not kept.
    sent.set(each.id, { ...request, body: { messages: [] } });
    yield [request];
  }
}
