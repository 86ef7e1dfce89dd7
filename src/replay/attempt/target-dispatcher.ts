import { type Ms, ms } from '../../units.ts';
import { createLine, type Line } from '../limit/work-queue.ts';
import type { Schedule } from '../load/arrivals.ts';
import { createSessions } from '../load/sessions.ts';
import type { Context } from './context.ts';
import type { Job } from './engine.ts';
import { prepare } from './prepare.ts';
import { type Lane, placesOf } from './target-state.ts';
import { runTask, type Task } from './task.ts';

/** What brings the requests of one target to it: in time, in turn, and to a free place. */
export interface Road {
  readonly lane: Lane;
  /** A request keeps its place in it while it waits for a retry. */
  readonly line: Pick<Line<unknown>, 'places'>;
  /** Calls `over` when the target is done with the job, whatever came of it. */
  bring(job: Job, over: () => void): void;
  /** Lets go of what is not due yet. */
  clear(): void;
  /** Requests that are due and have no place. */
  waiting(): number;
}

interface Due {
  readonly at: Ms;
  readonly go: () => void;
}

/** A request in line for a place. */
interface Turn extends Pick<Task, 'intendedAt' | 'queuedAt' | 'history'> {
  readonly job: Job;
  readonly over: () => void;
}

export function createRoad(lane: Lane, schedule: Schedule | undefined, context: Context): Road {
  const sessions = createSessions();
  // What a request comes to is worked out when it has a place: own answers may be longer than the
  // recorded ones, so what it can cost is known only then.
  const serve = async ({ job, over, ...turn }: Turn) => {
    try {
      const { id: requestId, pass } = job;
      const asked = job.body();
      const prepared = prepare(turn.history?.retell(asked) ?? asked, lane.target, context);
      await runTask({ ...prepared, ...turn, requestId, asked, pass, lane }, context);
    } catch (error) {
      context.fail(error);
    }
    over();
  };
  const line = createLine(placesOf(lane.target, context.plan), serve);
  /** In the order of their times, which never decrease. */
  let ahead: Due[] = [];
  let next = 0;
  let timer: NodeJS.Timeout | undefined;
  const start = (job: Job, over: () => void, intendedAt?: Ms): void => {
    const queuedAt = now();
    const turn: Turn =
      intendedAt === undefined ? { job, over, queuedAt } : { job, over, queuedAt, intendedAt };
    if (context.plan.load.history !== 'own' || job.session === undefined) {
      line.join(turn);
      return;
    }
    const served = sessions.inTurn(
      `${job.pass}/${job.session}`,
      (history) => new Promise((resolve) => line.join({ ...turn, history, over: resolve })),
    );
    void served.then(over);
  };
  const release = () => {
    timer = undefined;
    const time = now();
    for (let due = ahead[next]; due && due.at <= time; due = ahead[++next]) due.go();
    if (next > 1_024 && next * 2 > ahead.length) {
      ahead = ahead.slice(next);
      next = 0;
    }
    arm();
  };
  const arm = () => {
    const first = ahead[next];
    if (!first || timer) return;
    // Against the absolute time: a timer that fires late delays nothing after it.
    timer = setTimeout(release, Math.max(0, first.at - now()));
  };
  return {
    lane,
    line,
    bring(job, over) {
      if (!schedule) {
        start(job, over);
        return;
      }
      const { at } = job;
      const due = schedule({ pass: job.pass, ...(at !== undefined && { at }) });
      const dueAt = ms(context.startedAt + due);
      const go = () => {
        if (context.stopper.stage === 'running') start(job, over, dueAt);
        else over();
      };
      ahead.push({ at: dueAt, go });
      arm();
    },
    clear() {
      clearTimeout(timer);
      timer = undefined;
      for (const { go } of ahead.splice(0).slice(next)) go();
      next = 0;
    },
    waiting: () => line.waiting() + line.served() - lane.inFlight,
  };
}

const now = () => ms(performance.now());
