import { type Ms, ms } from '../units.ts';
import type { Schedule } from './arrivals.ts';
import type { Context } from './context.ts';
import type { Job } from './engine.ts';
import { type Lane, placesOf } from './lane.ts';
import { createLine, type Line } from './line.ts';
import { prepare } from './prepare.ts';
import { createSessions } from './sessions.ts';
import { runTask, type Task } from './task.ts';

/** What brings the requests of one target to it: in time, in turn, and to a free place. */
export interface Road {
  readonly lane: Lane;
  /** A request keeps its place in it while it waits for a retry. */
  readonly line: Pick<Line<unknown>, 'places'>;
  /** Resolves when the target is done with the job, whatever came of it. */
  bring(job: Job): Promise<void>;
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
}

export function createRoad(lane: Lane, schedule: Schedule | undefined, context: Context): Road {
  const sessions = createSessions();
  // What a request comes to is worked out when it has a place: own answers may be longer than the
  // recorded ones, so what it can cost is known only then.
  const serve = ({ job, ...turn }: Turn) => {
    const request = job.request();
    const body = turn.history?.retell(request.body) ?? request.body;
    const prepared = prepare(body, lane.target, context);
    return runTask({ ...prepared, ...turn, request, pass: job.pass, lane }, context);
  };
  const line = createLine(placesOf(lane.target, context.plan), serve);
  /** In the order of their times, which never decrease. */
  let ahead: Due[] = [];
  let next = 0;
  let timer: NodeJS.Timeout | undefined;
  const start = (job: Job, intendedAt: Ms | undefined): Promise<void> => {
    const turn: Turn = { job, queuedAt: now(), ...(intendedAt !== undefined && { intendedAt }) };
    if (context.plan.load.history !== 'own' || job.session === undefined) return line.join(turn);
    return sessions.inTurn(`${job.pass}/${job.session}`, (history) =>
      line.join({ ...turn, history }),
    );
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
    bring(job) {
      if (!schedule) return start(job, undefined);
      const { at } = job;
      const due = schedule({ pass: job.pass, ...(at !== undefined && { at }) });
      const dueAt = ms(context.startedAt + due);
      return new Promise((resolve, reject) => {
        const go = () => {
          if (context.stopper.stage === 'running') start(job, dueAt).then(resolve, reject);
          else resolve();
        };
        ahead.push({ at: dueAt, go });
        arm();
      });
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
