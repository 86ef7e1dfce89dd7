import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { computedPrice, priceBill } from '../../price/cost.ts';
import { worstCaseCost } from '../../price/worst-cost.ts';
import type { Client } from '../../provider/answer/exchange.ts';
import { createClient } from '../../provider/client.ts';
import { usd } from '../../units.ts';
import type { Effects, Pricing } from '../attempt/context.ts';
import { Engine } from '../attempt/engine.ts';
import { concurrencyLimit } from '../attempt/target-state.ts';
import type { FinishedEvent } from '../event/event.ts';
import { LedgerClient } from '../limit/ledger.ts';
import { type JobMessage, toJob } from '../load/jobs.ts';
import type { Budget, ReplayPlan } from '../load/plan.ts';
import { createEventEncoder, type EventBatch } from './event-codec.ts';
import { growYoungGeneration } from './memory.ts';
import { startSelfWatch } from './self-check.ts';

/** What the main thread tells the measuring one. */
export type ThreadCommand =
  | { readonly kind: 'jobs'; readonly jobs: readonly JobMessage[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'drain' | 'abort'; readonly why: FinishedEvent['why'] };

/** What the measuring thread starts with. */
export interface ThreadData {
  readonly plan: ReplayPlan;
  /** Whether V8 was told to keep the heaps of this process small. */
  readonly frugal: boolean;
  readonly ledger?: MessagePort;
}

/** What the measuring thread tells the main one. */
export type Report =
  | EventBatch
  /** A fault of the user's input that only sending could show, or of arb itself. */
  | {
      readonly kind: 'fault';
      readonly name: string;
      readonly message: string;
      readonly stack: string;
    };

/** Often enough to stop a run that cannot be valid before it has cost much. */
const checkEvery = 5_000;

/** As often as an eye needs it. */
const sayEvery = 1_000;

/** More than this opened at once would look like an attack. */
const mostWarmed = 256;

async function measure(port: MessagePort, { plan, frugal, ledger }: ThreadData): Promise<void> {
  const orders = inbox(port);
  if (frugal) growYoungGeneration();
  const client = createClient(plan.client);
  await warm(client, plan);
  const watch = startSelfWatch();
  const batcher = createEventEncoder((batch) => port.postMessage(batch, [batch.gaps.buffer]));
  const engine = new Engine(plan, {
    client,
    pricing,
    emit(event) {
      if (event.kind === 'attempt') watch.saw(event.attempt);
      batcher.emit(event);
    },
    reserve: createReserve(ledger, plan.budget, watch.kept),
    random: Math.random,
  });
  batcher.emit({
    kind: 'started',
    targets: plan.targets.map((target) => target.name),
    started_at: new Date().toISOString(),
  });
  const checking = setInterval(() => {
    const [fault] = watch.faults();
    if (fault === undefined) return;
    batcher.emit({ kind: 'warning', code: 'slow-loop', message: fault });
    clearInterval(checking);
  }, checkEvery);
  const saying = setInterval(() => batcher.emit({ kind: 'self', self: watch.read() }), sayEvery);
  orders((order) => obey(order, engine, batcher));
  const why = await engine.finished;
  watch.stop();
  clearInterval(checking);
  clearInterval(saying);
  batcher.emit({
    kind: 'finished',
    why,
    self: watch.read(),
    in_flight: engine.achieved(),
    faults: watch.faults(),
  });
  batcher.flush();
  await client.close();
  ledger?.close();
  port.close();
}

/** A lease reaches this share of the smallest cap beyond what is reserved. */
const leaseShare = 0.02;

function createReserve(
  ledger: MessagePort | undefined,
  budget: Budget | undefined,
  onWait: (wait: number) => void,
): Effects['reserve'] {
  if (!ledger || !budget) return async () => undefined;
  const caps = [budget.run ?? Infinity, ...Object.values(budget.targets)];
  const ahead = usd(leaseShare * Math.min(...caps));
  const client = new LedgerClient(ledger, { ahead, onWait });
  return (reservation) => client.reserve(reservation);
}

const pricing: Pricing = {
  price: (target, usage) => priceBill({ target, usage, at: new Date() }),
  computed: (target, usage) => computedPrice({ target, usage, at: new Date() }).cost,
  worstCaseCost: (target, { input, output, units }) =>
    worstCaseCost(target, { inputTokens: input, maxTokens: output, units }, new Date()),
};

/** Orders that come before the engine stands are kept for it. */
function inbox(port: MessagePort): (handle: (order: ThreadCommand) => void) => void {
  const early: ThreadCommand[] = [];
  let handle = (order: ThreadCommand): void => void early.push(order);
  port.on('message', (order: ThreadCommand) => handle(order));
  return (handler) => {
    handle = handler;
    for (const order of early.splice(0)) handler(order);
  };
}

async function warm(client: Client, plan: ReplayPlan): Promise<void> {
  const share = plan.load.maxInFlight ?? Infinity;
  await Promise.allSettled(
    plan.targets.map((target) =>
      client.warm(target, Math.min(concurrencyLimit(target, plan), share, mostWarmed)),
    ),
  );
}

function obey(
  order: ThreadCommand,
  engine: Engine,
  batcher: ReturnType<typeof createEventEncoder>,
): void {
  switch (order.kind) {
    case 'jobs':
      for (const fed of order.jobs) {
        engine.add(toJob(fed), () => batcher.released(fed.bytes));
      }
      return;
    case 'end':
      engine.end();
      return;
    case 'drain':
      engine.drain(order.why);
      return;
    case 'abort':
      engine.abort(order.why);
  }
}

if (parentPort) {
  const port = parentPort;
  measure(port, workerData as ThreadData).catch((error: Error) => {
    const { name, message, stack = '' } = error;
    port.postMessage({ kind: 'fault', name, message, stack } satisfies Report);
    port.close();
  });
}
