import { findWireObstacle } from '../../provider/dialect/fit-request.ts';
import { type CandidateRequest, findObstacle } from '../../provider/target/eligibility.ts';
import type { Target } from '../../provider/target/target.ts';
import { type Ms, ms, tokens } from '../../units.ts';
import { refuseTimeless } from '../../workload/arrival.ts';
import { inputTokens, readFeatures } from '../../workload/features.ts';
import type { ChatBody, WorkloadRequest } from '../../workload/request.ts';
import { type Residency, requiredRegions } from '../../workload/residency.ts';
import type { ReplayEvent } from '../event/event.ts';
import type { Job, JobContent } from './job.ts';
import type { ReplayPlan } from './plan.ts';
import { type Prepared, prepare } from './prepare.ts';

/** The requests, as many at once as are at hand; readable as often as there are passes. */
export type Requests = () => AsyncIterable<readonly WorkloadRequest[]>;

/** True where this target has already answered this request in this pass. */
export type Done = (requestId: string, target: string, pass: number) => boolean;

/** Jobs in the order they are asked in: all requests of the first pass, then of the next. */
export async function* createJobs(
  plan: ReplayPlan,
  requests: Requests,
  done: Done,
): AsyncGenerator<readonly (JobMessage | SkippedRequest)[]> {
  const { load } = plan;
  const rounds = load.rounds === 'repeat' ? Infinity : plan.passes;
  const clock = createClock();
  for (let pass = 1; pass <= rounds; pass++) {
    clock.startRound();
    let any = false;
    for await (const piece of requests()) {
      any ||= piece.length > 0;
      const jobs: (JobMessage | SkippedRequest)[] = [];
      for (const request of piece) addJobs(request, { plan, pass, done, jobs, clock });
      yield jobs;
    }
    if (!any) return;
  }
}

interface Round {
  readonly plan: ReplayPlan;
  readonly pass: number;
  readonly done: Done;
  readonly clock: Clock;
  readonly jobs: (JobMessage | SkippedRequest)[];
}

/** Adds the request's job, after what it must be kept from. */
function addJobs(request: WorkloadRequest, { plan, pass, done, jobs, clock }: Round): void {
  const { load, targets } = plan;
  const { id } = request;
  if (load.arrivals.mode === 'recorded' && request.at === undefined) refuseTimeless(request.line);
  const candidate = toCandidateRequest(request, plan);
  const asked: number[] = [];
  const prepared: Prepared[] = [];
  targets.forEach((target, index) => {
    if (done(id, target.name, pass)) return;
    const found = prepareFor(target, candidate, plan);
    if ('refused' in found) {
      const reason = found.refused;
      jobs.push({ kind: 'skipped', request_id: id, target: target.name, pass, reason });
    } else {
      asked.push(index);
      prepared.push(found);
    }
  });
  if (asked.length === 0) return;
  const content = toContent(request.body, prepared, plan);
  const timed = load.arrivals.mode === 'recorded' ? request.at : undefined;
  const at = timed === undefined ? undefined : clock.read(timed);
  jobs.push(
    toJobMessage(request, content, { pass, targets: asked, ...(at !== undefined && { at }) }),
  );
}

/**
 * Recorded times as times of the run, one for all targets: a target that is not asked the earliest
 * request does not begin before the others.
 */
interface Clock {
  /** The next round begins where the one before it ended. */
  startRound(): void;
  read(at: Ms): Ms;
}

function createClock(): Clock {
  let begun = 0;
  let last = 0;
  let origin: Ms | undefined;
  return {
    startRound() {
      begun = last;
      origin = undefined;
    },
    read(at) {
      origin ??= at;
      const time = begun + at - origin;
      last = Math.max(last, time);
      return ms(time);
    },
  };
}

function prepareFor(target: Target, candidate: CandidateRequest, plan: ReplayPlan) {
  const refused = findObstacle(target, candidate) ?? findWireObstacle(candidate.body, target);
  return refused === undefined ? prepare(candidate.body, target, plan) : { refused };
}

/** A request that must not be sent to a target. */
export type SkippedRequest = Extract<ReplayEvent, { kind: 'skipped' }>;

/** What decides where a request may go. */
function toCandidateRequest(
  request: WorkloadRequest,
  { residency, targets }: ReplayPlan,
): CandidateRequest {
  const { body, metadata } = request;
  const bounded = targets.some(({ contextTokens }) => contextTokens !== undefined);
  const { data_class: dataClass } = metadata;
  const regions = residency.length === 0 ? undefined : regionsFor(request, residency);
  return {
    body,
    ...(dataClass !== undefined && { dataClass: String(dataClass) }),
    ...(regions && { regions }),
    ...(bounded && { forecastTokens: tokens(inputTokens(body)) }),
  };
}

function regionsFor(
  request: WorkloadRequest,
  residency: readonly Residency[],
): readonly string[] | undefined {
  const features = readFeatures(request);
  return requiredRegions(residency, (feature) => features[feature]);
}

/**
 * A job on its way to the measuring thread. What is asked goes as text: it is copied faster than an
 * object, and while it is queued it is one value for the collector instead of some twenty.
 */
export interface JobMessage extends Omit<Job, 'content'> {
  readonly content:
    | Extract<JobContent, { kind: 'prepared' }>
    /** The recorded body as JSON. */
    | { readonly kind: 'json'; readonly json: string };
  /** Roughly what it holds in memory; given back when it is done with. */
  readonly bytes: number;
}

const overhead = 500;

function toJobMessage(
  { id, session }: WorkloadRequest,
  content: JobMessage['content'],
  { pass, targets, at }: Pick<Job, 'pass' | 'targets' | 'at'>,
): JobMessage {
  const texts = content.kind === 'json' ? [content.json] : content.requests.map(({ text }) => text);
  return {
    id,
    content,
    ...(at !== undefined && { at }),
    ...(session !== undefined && { session }),
    pass,
    targets,
    bytes: texts.reduce((sum, text) => sum + text.length, overhead),
  };
}

function toContent(
  body: ChatBody,
  requests: readonly Prepared[],
  { load: { history, promptCache } }: ReplayPlan,
): JobMessage['content'] {
  return history === 'own' || promptCache !== 'recorded'
    ? { kind: 'json', json: JSON.stringify(body) }
    : { kind: 'prepared', requests };
}

/** The job as the engine takes it. */
export function toJob(message: JobMessage): Job {
  // Its size does no harm in a job, and to take it out costs a copy.
  if (message.content.kind === 'prepared') return message as JobMessage & Pick<Job, 'content'>;
  const { content, bytes: _, ...rest } = message;
  let body: ChatBody | undefined;
  return {
    ...rest,
    content: {
      kind: 'body',
      body() {
        body ??= JSON.parse(content.json) as ChatBody;
        return body;
      },
    },
  };
}
