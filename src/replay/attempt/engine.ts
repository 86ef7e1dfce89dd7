import { ms } from '../../units.ts';
import type { AchievedLoad, StopReason } from '../event/event.ts';
import { createBudgetGuard } from '../limit/budget-guard.ts';
import { Semaphore } from '../limit/semaphore.ts';
import { createStopper, type Stopper } from '../limit/stopper.ts';
import { scheduleFor } from '../load/arrivals.ts';
import type { Job } from '../load/job.ts';
import type { ReplayPlan } from '../load/plan.ts';
import type { Context, Effects } from './context.ts';
import { findLimit } from './find-limit.ts';
import { openConcurrency } from './open-concurrency.ts';
import { describeShortfall } from './shortfall.ts';
import { TargetDispatcher } from './target-dispatcher.ts';
import { concurrencyLimit, createTargetState } from './target-state.ts';
import { after, type Cancel, every } from './timers.ts';

/** The screen draws twice a second. */
const loadEvery = 500;

/** Sends the jobs it is given as the plan says and emits what happened. */
export class Engine {
  readonly #plan: ReplayPlan;
  readonly #emit: Effects['emit'];
  readonly #stopper: Stopper;
  readonly #dispatchers: readonly TargetDispatcher[];
  readonly #timers: readonly Cancel[];
  readonly #finished = Promise.withResolvers<StopReason>();
  /** Jobs that some target is not done with. */
  #open = 0;
  #added = 0;
  #ended = false;

  constructor(plan: ReplayPlan, effects: Effects) {
    this.#plan = plan;
    this.#emit = effects.emit;
    this.#stopper = createStopper(() => {
      for (const dispatcher of this.#dispatchers) dispatcher.clear();
      this.#finishIfOver();
    });
    const context = this.#context(effects);
    this.#dispatchers = plan.targets.map((target, index) => {
      const place = { index, of: plan.targets.length, seed: plan.seed };
      const schedule = scheduleFor(plan.load, place);
      return new TargetDispatcher(createTargetState(target, plan), schedule, context);
    });
    this.#timers = this.#startTimers(context);
  }

  /** Resolves when nothing is in flight and nothing waits; rejects for a fault of arb itself. */
  get finished(): Promise<StopReason> {
    return this.#finished.promise;
  }

  /** Calls `over` when all targets are done with the job, whatever came of it. */
  add(job: Job, over: () => void): void {
    this.#open += 1;
    const { targets } = job;
    let left = targets.length;
    const done = () => {
      left -= 1;
      if (left > 0) return;
      this.#open -= 1;
      over();
      this.#finishIfOver();
    };
    // Each request begins with another target, so that none is always asked first.
    const first = this.#added++;
    for (let offset = 0; offset < targets.length; offset++) {
      const index = targets[(first + offset) % targets.length];
      if (index !== undefined) this.#dispatchers[index]?.dispatch(job, done);
    }
  }

  /** In a closed load: the requests that were in flight, by target. */
  achieved(): Record<string, AchievedLoad> {
    if (this.#plan.load.arrivals.mode !== 'closed') return {};
    const at = performance.now();
    return Object.fromEntries(
      this.#dispatchers.map(({ state }) => [state.target.name, state.inFlightMeter.read(at)]),
    );
  }

  /** No more jobs will come. */
  end(): void {
    this.#ended = true;
    for (const dispatcher of this.#dispatchers) dispatcher.end();
    this.#finishIfOver();
  }

  /** Sends nothing new; what is in flight ends by itself. */
  drain(why: StopReason): void {
    this.#stopper.drain(why);
  }

  /** Ends what is in flight too. */
  abort(why: StopReason): void {
    this.#stopper.abort(why);
  }

  #context(effects: Effects): Context {
    const { load, budget } = this.#plan;
    return {
      ...effects,
      plan: this.#plan,
      stopper: this.#stopper,
      inFlight: new Semaphore(load.maxInFlight ?? Infinity),
      ...(budget && { budget: createBudgetGuard(budget) }),
      reservationSettled: new Set(),
      startedAt: ms(performance.now()),
      fail: (error) => this.#finished.reject(error),
    };
  }

  #startTimers(context: Context): Cancel[] {
    const { load } = this.#plan;
    return [
      // The end of a load that repeats; elsewhere requests are left that nobody was asked.
      after(load.duration, () => this.drain(load.rounds === 'repeat' ? 'done' : 'deadline')),
      after(load.deadline, () => this.abort('deadline')),
      every(loadEvery, emitLoads(context, this.#dispatchers)),
      ...this.#dispatchers.map((dispatcher) =>
        load.findLimit
          ? findLimit(dispatcher, concurrencyLimit(dispatcher.state.target, this.#plan), context)
          : openConcurrency(dispatcher, this.#plan),
      ),
    ];
  }

  /** Says where less than asked was in flight, and no limit, failure or budget was the cause. */
  #warnOfLoad(): void {
    for (const { state } of this.#dispatchers) {
      const { name } = state.target;
      const isFree = !state.isHeldBack && state.limited === 0 && !state.stopped;
      const load = this.achieved()[name];
      const message = isFree && load ? describeShortfall(load, state.answers) : undefined;
      if (!message) continue;
      this.#emit({ kind: 'warning', code: 'load-not-reached', message, target: name });
    }
  }

  #finishIfOver(): void {
    const { stage, why } = this.#stopper;
    if (this.#open > 0 || (!this.#ended && stage === 'running')) return;
    for (const cancel of this.#timers) cancel();
    if (why === 'done') this.#warnOfLoad();
    const outOfBudget = this.#dispatchers.some(({ state }) => state.stopped === 'budget');
    this.#finished.resolve(outOfBudget && why === 'done' ? 'budget' : why);
  }
}

/** Emits the load of each target where it has changed. */
function emitLoads({ emit }: Context, dispatchers: readonly TargetDispatcher[]): () => void {
  const shown = dispatchers.map(() => ({ in_flight: 0, waiting: 0 }));
  return () => {
    dispatchers.forEach(({ state, waiting }, index) => {
      const before = shown[index];
      const load = { in_flight: state.inFlight, waiting };
      if (before?.in_flight === load.in_flight && before.waiting === load.waiting) return;
      shown[index] = load;
      emit({ kind: 'load', target: state.target.name, ...load });
    });
  };
}
