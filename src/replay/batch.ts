import type { Attempt } from './attempt.ts';
import type { AttemptEvent, Gaps, ReplayEvent, SettledEvent } from './event.ts';

/**
 * Events on their way out of the worker: as JSON, which is made, moved and read in a third of the
 * time that structured cloning takes, and with the gaps of all attempts in one array that is moved
 * rather than copied.
 */
export interface Batch {
  readonly kind: 'batch';
  /** `PackedEvent[]` as JSON. */
  readonly events: string;
  readonly gaps: Uint32Array<ArrayBuffer>;
  /** Jobs that were done with since the batch before. */
  readonly jobs: number;
  /** The bytes they held. */
  readonly bytes: number;
}

/** An attempt with the number of its gaps; a settled event names its last attempt by its index in the batch. */
type PackedEvent =
  | { readonly kind: 'attempt'; readonly attempt: Attempt; readonly gaps: number }
  | (Omit<SettledEvent, 'attempts'> & { readonly attempts: readonly (number | Attempt)[] })
  | Exclude<ReplayEvent, AttemptEvent | SettledEvent>;

export interface Batcher {
  emit(event: ReplayEvent): void;
  released(bytes: number): void;
  flush(): void;
}

/** Long enough to gather hundreds of events under load, too short for an eye. */
const flushEvery = 20;
const fullAt = 512;
const gapsAtFirst = 16_384;

export function createBatcher(post: (batch: Batch) => void): Batcher {
  /** Each as JSON: a text is one value for the collector, where a row is some thirty. */
  let events: string[] = [];
  let attempts = 0;
  let latest: Attempt | undefined;
  let gaps = new Uint32Array(gapsAtFirst);
  let gapTotal = 0;
  let jobs = 0;
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (events.length === 0 && jobs === 0) return;
    const text = `[${events.join(',')}]`;
    post({ kind: 'batch', events: text, gaps: gaps.slice(0, gapTotal), jobs, bytes });
    events = [];
    attempts = 0;
    latest = undefined;
    gapTotal = 0;
    jobs = 0;
    bytes = 0;
  };
  const pack = (event: ReplayEvent): PackedEvent => {
    if (event.kind === 'settled') {
      // The last of its attempts has only just ended; earlier ones are written out again.
      const last = attempts - 1;
      return { ...event, attempts: event.attempts.map((each) => (each === latest ? last : each)) };
    }
    if (event.kind !== 'attempt') return event;
    attempts += 1;
    latest = event.attempt;
    add(event.gaps);
    return { kind: 'attempt', attempt: event.attempt, gaps: event.gaps.length };
  };
  const add = (more: Gaps) => {
    const total = gapTotal + more.length;
    if (total > gaps.length) {
      const grown = new Uint32Array(2 * total);
      grown.set(gaps.subarray(0, gapTotal));
      gaps = grown;
    }
    gaps.set(more, gapTotal);
    gapTotal = total;
  };
  return {
    emit(event) {
      events.push(JSON.stringify(pack(event)));
      if (events.length >= fullAt) flush();
      else timer ??= setTimeout(flush, flushEvery);
    },
    released(size) {
      jobs += 1;
      bytes += size;
      timer ??= setTimeout(flush, flushEvery);
    },
    flush,
  };
}

/** The events of a batch, each attempt with its gaps and each settled event with its attempts again. */
export function* eventsOf(batch: Batch): Generator<ReplayEvent> {
  const attempts: Attempt[] = [];
  let offset = 0;
  for (const event of JSON.parse(batch.events) as readonly PackedEvent[]) {
    if (event.kind === 'attempt') {
      attempts.push(event.attempt);
      const gaps = batch.gaps.subarray(offset, offset + event.gaps);
      offset += event.gaps;
      yield { ...event, gaps };
    } else if (event.kind === 'settled') {
      yield { ...event, attempts: event.attempts.flatMap((each) => attemptAt(each, attempts)) };
    } else {
      yield event;
    }
  }
}

function attemptAt(each: number | Attempt, attempts: readonly Attempt[]): Attempt[] {
  const attempt = typeof each === 'number' ? attempts[each] : each;
  return attempt ? [attempt] : [];
}
