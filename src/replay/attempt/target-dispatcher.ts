import { encodeBody } from '../../provider/wire/wires.ts';
import { type Ms, ms } from '../../units.ts';
import { Semaphore } from '../limit/semaphore.ts';
import type { Schedule } from '../load/arrivals.ts';
import type { OwnHistory } from '../load/history.ts';
import type { Job } from '../load/job.ts';
import { markPrompt, prepare, shortenAnswer } from '../load/prepare.ts';
import { createSessions } from '../load/sessions.ts';
import { Timetable } from '../load/timetable.ts';
import type { Context } from './context.ts';
import { runTask } from './run-task.ts';
import { concurrencyLimit, type TargetState } from './target-state.ts';
import type { Task, TaskContent } from './task.ts';

/** A request that waits for its place under the target's concurrency. */
interface QueuedJob extends Pick<Task, 'intendedAt' | 'queuedAt' | 'history'> {
  readonly job: Job;
  readonly over: () => void;
}

/** Starts the requests of one target: at their time, in the order of their session, as many at once as allowed. */
export class TargetDispatcher {
  readonly state: TargetState;
  /** In the plan's targets. */
  readonly #index: number;
  readonly #context: Context;
  readonly #schedule: Schedule | undefined;
  readonly #sessions = createSessions();
  readonly #timetable = new Timetable();
  #ended = false;
  /** A request keeps its place while it waits for a retry. */
  readonly #places: Semaphore;

  constructor(state: TargetState, schedule: Schedule | undefined, context: Context) {
    this.state = state;
    this.#index = context.plan.targets.indexOf(state.target);
    this.#schedule = schedule;
    this.#context = context;
    this.#places = new Semaphore(concurrencyLimit(state.target, context.plan));
  }

  /** Requests that may be under way at once, waits for retries included. */
  get concurrency(): number {
    return this.#places.capacity;
  }

  set concurrency(count: number) {
    this.#places.capacity = count;
  }

  /** Requests that are due and not in flight. */
  get waiting(): number {
    return this.#places.waiting + this.#places.held - this.state.inFlight;
  }

  /** Calls `over` when the target is done with the job, whatever came of it. */
  dispatch(job: Job, over: () => void): void {
    if (!this.#schedule) {
      this.#start(job, over, undefined);
      return;
    }
    const { at } = job;
    const due = this.#schedule(at === undefined ? {} : { at });
    const dueAt = ms(this.#context.startedAt + due);
    this.#timetable.add(dueAt, () => {
      if (this.#context.stopper.stage === 'running') this.#start(job, over, dueAt);
      else over();
    });
  }

  /** No more jobs will come. */
  end(): void {
    this.#ended = true;
  }

  /** Ends what is not due yet. */
  clear(): void {
    this.#timetable.flush();
  }

  #start(job: Job, over: () => void, intendedAt: Ms | undefined): void {
    const queuedAt = ms(performance.now());
    const queued: QueuedJob = { job, over, queuedAt, intendedAt, history: undefined };
    if (this.#context.plan.load.history !== 'own' || job.session === undefined) {
      this.#enqueue(queued);
      return;
    }
    const served = this.#sessions.inTurn(
      JSON.stringify([job.pass, job.session]),
      (history) => new Promise((resolve) => this.#enqueue({ ...queued, history, over: resolve })),
    );
    void served.then(over);
  }

  #enqueue(queued: QueuedJob): void {
    const turn = this.#places.acquire();
    if (turn) void turn.then(() => this.#run(queued));
    else void this.#run(queued);
  }

  async #run({ job, over, intendedAt, queuedAt, history }: QueuedJob): Promise<void> {
    const context = this.#context;
    const { state } = this;
    this.#noteFull();
    try {
      const content = this.#content(job, history);
      const { most } = content.request;
      const worst = most && context.pricing.worstCaseCost(state.target, most);
      const { id: requestId, pass } = job;
      const task = { requestId, pass, state, worst, intendedAt, queuedAt, history, ...content };
      await runTask(task, context);
    } catch (error) {
      context.fail(error);
    }
    if (this.#ended && this.#places.waiting === 0) state.inFlightMeter.close(performance.now());
    this.#places.release();
    over();
  }

  /** The load is full once as many requests as are asked for have their place. */
  #noteFull(): void {
    const asked = concurrencyLimit(this.state.target, this.#context.plan);
    if (this.#places.held >= asked) this.state.inFlightMeter.open(performance.now());
  }

  /**
   * What is sent. What the load changes is encoded only now: the target's own answers may be longer
   * than the recorded ones, and with them what the request can cost.
   */
  #content({ content, targets }: Job, history: OwnHistory | undefined): TaskContent {
    if (content.kind === 'prepared') {
      const request = content.requests[targets.indexOf(this.#index)];
      if (!request) throw new Error(`no request was prepared for ${this.state.target.name}`);
      return { request };
    }
    const { plan, random } = this.#context;
    const { target } = this.state;
    const asked = content.body();
    const told = history?.retell(asked) ?? asked;
    const body = plan.load.promptCache === 'cold' ? markPrompt(told, random()) : told;
    const request = prepare(body, target, plan);
    // Refused when it was read, so that it never came here.
    if ('refused' in request) throw new Error(`${target.name}: ${request.refused}`);
    if (plan.load.promptCache !== 'warm') return { request, asked };
    return { request, asked, primer: encodeBody(shortenAnswer(body), target) };
  }
}
