import type { ChatBody } from '../workload/request.ts';
import { fitRequest } from './dialect/fit-request.ts';
import type { Target } from './target/target.ts';

/** What the requests of a workload become on their way to one target. */
export interface TargetFit {
  readonly target: string;
  readonly requests: number;
  readonly asRecorded: number;
  readonly translated: number;
  readonly skipped: number;
  /** Requests by translation, the most frequent first; one request may have several. */
  readonly translations: readonly FitReason[];
  /** Requests by why they are skipped, the most frequent first. */
  readonly obstacles: readonly FitReason[];
}

/** A reason and the number of requests that it holds for. */
export interface FitReason {
  readonly reason: string;
  readonly requests: number;
}

/** Counts request by request, so that a workload of any size can be looked at. */
export interface TargetInspection {
  add(body: ChatBody): void;
  /** One entry per target, in their order. */
  result(): TargetFit[];
}

/**
 * What each target can be asked, before anything is sent: how many requests go as they were recorded,
 * how many are translated and by which rules, how many are skipped and why. Residency, data classes
 * and capabilities, which the targets of arb.yaml state, are not in it: see `findObstacle`.
 */
export function inspectTargets(targets: readonly Target[]): TargetInspection {
  const counts = targets.map((target) => ({
    target,
    asRecorded: 0,
    translated: 0,
    skipped: 0,
    translations: new Map<string, number>(),
    obstacles: new Map<string, number>(),
  }));
  let requests = 0;
  return {
    add(body) {
      requests += 1;
      for (const each of counts) {
        const { obstacle, translated } = fitRequest(body, each.target);
        if (obstacle !== undefined) {
          each.skipped += 1;
          countUp(each.obstacles, obstacle);
        } else if (translated.length === 0) {
          each.asRecorded += 1;
        } else {
          each.translated += 1;
          for (const reason of new Set(translated)) countUp(each.translations, reason);
        }
      }
    },
    result: () =>
      counts.map(({ target, asRecorded, translated, skipped, translations, obstacles }) => ({
        target: target.name,
        requests,
        asRecorded,
        translated,
        skipped,
        translations: toReasons(translations),
        obstacles: toReasons(obstacles),
      })),
  };
}

function countUp(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

const toReasons = (counts: ReadonlyMap<string, number>): FitReason[] =>
  [...counts]
    .map(([reason, requests]) => ({ reason, requests }))
    .sort((a, b) => b.requests - a.requests || (a.reason < b.reason ? -1 : 1));
