import { type Ms, ms } from '../../units.ts';
import type { ChatBody } from '../../workload/request.ts';
import { createPurse } from '../limit/budget-guard.ts';
import { createPlaces } from '../limit/semaphore.ts';
import { createStopper, type Why } from '../limit/stopper.ts';
import { scheduleFor } from '../load/arrivals.ts';
import type { ReplayPlan } from '../load/plan.ts';
import type { Context, Effects } from './context.ts';
import { findLimit } from './find-limit.ts';
import { createRoad, type Road } from './target-dispatcher.ts';
import { createLane, placesOf } from './target-state.ts';

/** A request and the targets it still has to be asked of. */
export interface Job {
  readonly id: string;
  /** What is asked; read when it is first needed, as those in line are many. */
  body(): ChatBody;
  /** When it was recorded, where that is known. */
  readonly at?: Ms;
  readonly session?: string;
  readonly pass: number;
  /** Indexes into the plan's targets. */
  readonly targets: readonly number[];
}

/** Sends what it is fed as the plan says and emits what happened. */
export interface Engine {
  /** Calls `over` when all targets are done with the job, whatever came of it. */
  feed(job: Job, over: () => void): void;
  /** No more jobs will come. */
  end(): void;
  drain(why: Why): void;
  abort(why: Why): void;
  /** Resolves when nothing is in flight and nothing waits; rejects for a fault of arb itself. */
  readonly finished: Promise<Why>;
}

/** The screen draws twice a second. */
const loadEvery = 500;

/** Between two places of a closed load at its start, and over all of them; in ms. */
const openEvery = 5;
const longestOpening = 1_000;

export function startEngine(plan: ReplayPlan, effects: Effects): Engine {
  const finished = Promise.withResolvers<Why>();
  const stopper = createStopper(() => {
    for (const road of roads) road.clear();
    finishIfOver();
  });
  const context: Context = {
    ...effects,
    plan,
    stopper,
    places: createPlaces(plan.load.maxInFlight),
    ...(plan.budget && { purse: createPurse(plan.budget) }),
    moneyFreed: new Set(),
    startedAt: ms(performance.now()),
    fail: (error) => finished.reject(error),
  };
  const roads = plan.targets.map((target, index) => {
    const place = { index, of: plan.targets.length, seed: plan.seed };
    return createRoad(createLane(target, plan), scheduleFor(plan.load, place), context);
  });
  let open = 0;
  let ended = false;
  let turn = 0;
  const finishIfOver = () => {
    if (open > 0 || (!ended && stopper.stage === 'running')) return;
    stopTimers();
    const broke = !plan.load.findLimit && roads.some((road) => road.lane.broke);
    finished.resolve(broke && stopper.why === 'done' ? 'budget' : stopper.why);
  };
  const stopTimers = allOf([
    after(plan.load.duration, () => stopper.drain('done')),
    after(plan.load.deadline, () => stopper.abort('deadline')),
    every(loadEvery, emitLoads(context, roads)),
    ...roads.map((road) =>
      plan.load.findLimit
        ? findLimit(road, placesOf(road.lane.target, plan), context)
        : rampUp(road, plan),
    ),
  ]);
  return {
    feed(job, over) {
      open += 1;
      const { targets } = job;
      let left = targets.length;
      const done = () => {
        left -= 1;
        if (left > 0) return;
        open -= 1;
        over();
        finishIfOver();
      };
      // Each request begins with another target, so that none is always asked first.
      const first = turn++;
      for (let offset = 0; offset < targets.length; offset++) {
        roads[targets[(first + offset) % targets.length] ?? 0]?.bring(job, done);
      }
    },
    end() {
      ended = true;
      finishIfOver();
    },
    drain: stopper.drain,
    abort: stopper.abort,
    finished: finished.promise,
  };
}

/** Emits the load of each target where it has changed. */
function emitLoads({ emit }: Context, roads: readonly Road[]): () => void {
  const shown = roads.map(() => ({ in_flight: 0, waiting: 0 }));
  return () => {
    roads.forEach((road, index) => {
      const before = shown[index];
      const load = { in_flight: road.lane.inFlight, waiting: road.waiting() };
      if (before?.in_flight === load.in_flight && before.waiting === load.waiting) return;
      shown[index] = load;
      emit({ kind: 'load', target: road.lane.target.name, ...load });
    });
  };
}

/**
 * In a closed load it is the concurrency that rises: one place more at equal intervals. Without a
 * ramp too they open one after the other: all at once they would wait for each other's sending.
 */
function rampUp({ line, lane }: Road, plan: ReplayPlan): Cancel {
  const { arrivals, ramp } = plan.load;
  const full = placesOf(lane.target, plan);
  if (arrivals.mode !== 'closed' || full === 1) return () => undefined;
  line.places = 1;
  const opening = Math.min(longestOpening, openEvery * (full - 1));
  const cancel = every(Math.max(ramp, opening) / (full - 1), () => {
    line.places += 1;
    if (line.places >= full) cancel();
  });
  return cancel;
}

type Cancel = () => void;

function after(wait: Ms | undefined, act: () => void): Cancel {
  const timer = wait === undefined ? undefined : setTimeout(act, wait);
  return () => clearTimeout(timer);
}

function every(interval: number, act: () => void): Cancel {
  const timer = setInterval(act, interval);
  return () => clearInterval(timer);
}

const allOf =
  (cancels: readonly Cancel[]): Cancel =>
  () => {
    for (const cancel of cancels) cancel();
  };
