import { readFeatures, readNamed } from '../features.ts';
import type { WorkloadRequest } from '../request.ts';

/**
 * What a sample is drawn from: one entry a unit (a session, else a request), by columns, as there may
 * be a million. A unit is where its first request is.
 */
export interface Frame {
  /** Requests of the workload. */
  requests: number;
  /** By unit. */
  readonly size: number[];
  /** How many units of the traffic it stands for. */
  readonly weight: number[];
  readonly stratum: number[];
  readonly tokens: number[];
  /** Recorded time in ms; 0 where there is none. */
  readonly at: number[];
  readonly costUsd: number[];
  /** By line of the file, from 1: its unit, or -1. */
  readonly unitOfLine: number[];
  /** By stratum: its task, app and tools, e.g. `chat / app-1a2b3c4d / tools`. */
  readonly strata: string[];
}

/** A stratum with less than this share of the units is not drawn from by itself. */
const SMALL = 0.01;

/** Folds the requests of a workload into a frame. `costUsd` says what asking one comes to. */
export class FrameBuilder {
  readonly frame: Frame = {
    requests: 0,
    size: [],
    weight: [],
    stratum: [],
    tokens: [],
    at: [],
    costUsd: [],
    unitOfLine: [-1],
    strata: [],
  };
  readonly #sessions = new Map<string, number>();
  readonly #strata = new Map<string, number>();
  readonly #costUsd: (request: WorkloadRequest) => number;

  constructor(costUsd: (request: WorkloadRequest) => number) {
    this.#costUsd = costUsd;
  }

  add(request: WorkloadRequest): void {
    const { frame } = this;
    const features = readFeatures(request);
    const session = readNamed('session', request.session, features);
    const known = session === undefined ? undefined : this.#sessions.get(session);
    const unit = known ?? frame.size.length;
    if (known === undefined) {
      const task = readNamed('task', request.task, features);
      const parts = [task ?? 'no task', features.app ?? 'no app', features.tools ? ['tools'] : []];
      frame.stratum.push(this.#codeOf(parts.flat().join(' / ')));
      frame.size.push(0);
      frame.weight.push(request.weight ?? 1);
      frame.tokens.push(Number(features.input_tokens));
      frame.at.push(request.at ?? 0);
      frame.costUsd.push(0);
      if (session !== undefined) this.#sessions.set(session, unit);
    }
    frame.requests += 1;
    frame.size[unit] = (frame.size[unit] ?? 0) + 1;
    frame.costUsd[unit] = (frame.costUsd[unit] ?? 0) + this.#costUsd(request);
    while (frame.unitOfLine.length < request.line) frame.unitOfLine.push(-1);
    frame.unitOfLine[request.line] = unit;
  }

  /**
   * Strata with less than 1 % of the units become one: a template that changes with every request
   * would make each request one of its own.
   */
  fold(): void {
    const { stratum, strata } = this.frame;
    const counts = new Array<number>(strata.length).fill(0);
    for (const code of stratum) counts[code] = (counts[code] ?? 0) + 1;
    const isSmall = counts.map((count) => count < SMALL * stratum.length);
    if (isSmall.filter(Boolean).length < 2) return;
    const other = this.#codeOf('other');
    stratum.forEach((code, unit) => {
      if (isSmall[code]) stratum[unit] = other;
    });
  }

  #codeOf(stratum: string): number {
    const known = this.#strata.get(stratum);
    if (known !== undefined) return known;
    const code = this.frame.strata.length;
    this.#strata.set(stratum, code);
    this.frame.strata.push(stratum);
    return code;
  }
}
