import type { AskEvent } from '../../../judge/panel/ask.ts';
import type { JudgingEvent, JudgingProgress } from './judging-event.ts';

/** Often enough to be believed, seldom enough for a log. */
const EVERY_MS = 1_000;

/** Folds the events of judging into what a screen shows; `now` in ms from any start. */
export class JudgingMeter {
  readonly #now: () => number;
  #stage: JudgingProgress['stage'] = 'probes';
  #calls = 0;
  #done = 0;
  #cost = 0;
  #startedAt = 0;
  #saidAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What there is to say after this event, if anything. */
  add(event: AskEvent): JudgingEvent | undefined {
    if (event.kind === 'asking') {
      const { kind, stage, calls, cached } = event;
      this.#stage = stage;
      this.#calls = stage === 'probes' && this.#done > 0 ? this.#calls + calls : calls;
      if (stage === 'answers') this.#done = 0;
      this.#startedAt = this.#now();
      this.#saidAt = this.#startedAt;
      return { kind, stage, calls, cached };
    }
    if (event.kind !== 'replay') return undefined;
    const { event: inner } = event;
    if (inner.kind === 'attempt') this.#cost += inner.attempt.cost_usd ?? 0;
    if (inner.kind !== 'settled' && inner.kind !== 'skipped') return undefined;
    this.#done += 1;
    if (this.#now() - this.#saidAt < EVERY_MS) return undefined;
    this.#saidAt = this.#now();
    return this.#progress();
  }

  #progress(): JudgingProgress {
    const left = Math.max(0, this.#calls - this.#done);
    return {
      kind: 'judging',
      stage: this.#stage,
      done: Math.min(this.#done, this.#calls),
      calls: this.#calls,
      cost_usd: this.#cost,
      eta_ms: ((this.#now() - this.#startedAt) / this.#done) * left,
    };
  }
}
