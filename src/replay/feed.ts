import { UsageError } from '../errors.ts';
import type { Target } from '../provider/target.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import type { ReplayEvent } from './event.ts';
import type { ReplayPlan } from './plan.ts';
import type { FedJob } from './worker.ts';

/** The requests, readable as often as there are passes. */
export type Requests = () => AsyncIterable<WorkloadRequest>;

/** True where this target has already answered this request in this pass. */
export type Done = (requestId: string, target: string, pass: number) => boolean;

/** Jobs in the order they are asked in: all requests of the first pass, then of the next. */
export async function* jobsOf(
  plan: ReplayPlan,
  requests: Requests,
  done: Done,
): AsyncGenerator<FedJob | SkippedRequest> {
  const { load, targets } = plan;
  const rounds = load.rounds === 'repeat' ? Infinity : plan.passes;
  for (let pass = 1; pass <= rounds; pass++) {
    let any = false;
    for await (const request of requests()) {
      any = true;
      if (load.arrivals.mode === 'recorded' && request.at === undefined) {
        throw new UsageError(
          `request "${request.id}" (line ${request.line}) has no at_ms, so its recorded arrival cannot be replayed. Give every request at_ms, or choose another load.`,
        );
      }
      const open = targets.flatMap((target, index) =>
        done(request.id, target.name, pass) ? [] : [{ target, index }],
      );
      for (const { target } of open) {
        const reason = whyNot(request, target);
        if (reason)
          yield { kind: 'skipped', request_id: request.id, target: target.name, pass, reason };
      }
      const asked = open.filter(({ target }) => !whyNot(request, target));
      if (asked.length === 0) continue;
      yield {
        request: slim(request),
        pass,
        targets: asked.map(({ index }) => index),
        bytes: sizeOf(request),
      };
    }
    if (!any) return;
  }
}

/** A request that must not be sent to a target. */
export type SkippedRequest = Extract<ReplayEvent, { kind: 'skipped' }>;

function whyNot({ metadata }: WorkloadRequest, target: Target): string | undefined {
  const { data_class: dataClass } = metadata;
  if (target.dataClasses === undefined || dataClass === undefined) return undefined;
  if (target.dataClasses.includes(String(dataClass))) return undefined;
  return `data class "${dataClass}" may not be sent to ${target.name}`;
}

/** Without what only judges need: less to copy to the other thread. */
function slim({ recorded: _, ...request }: WorkloadRequest): WorkloadRequest {
  return { ...request, expect: [] };
}

/** Roughly what the request holds in memory; the text is nearly all of it. */
function sizeOf({ body }: WorkloadRequest): number {
  let size = 500;
  for (const { content } of body.messages) {
    if (typeof content === 'string') size += content.length;
    else for (const part of content ?? []) size += JSON.stringify(part).length;
  }
  return size + JSON.stringify(body.tools ?? '').length;
}
