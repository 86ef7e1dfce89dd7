import type { Attempt } from '../event/attempt.ts';
import type { AttemptEvent, Gaps, ReplayEvent, SettledEvent } from '../event/event.ts';

/**
 * Events on their way out of the worker: each as JSON, which is made, moved and read in a third of the
 * time that structured cloning takes, and with the gaps of all attempts in one array that is moved
 * rather than copied.
 */
export interface EventBatch {
  readonly kind: 'batch';
  /** By event: an attempt's row, or a `PackedEvent`, as JSON. */
  readonly texts: readonly string[];
  /** By event: how many gaps an attempt has; -1 where it is no attempt. */
  readonly gapCounts: readonly number[];
  readonly gaps: Uint32Array<ArrayBuffer>;
  /** Jobs that were done with since the batch before. */
  readonly jobs: number;
  /** The bytes they held. */
  readonly bytes: number;
}

/** A settled event names its last attempt by its index among the attempts of the batch. */
type PackedEvent =
  | (Omit<SettledEvent, 'attempts'> & { readonly attempts: readonly (number | Attempt)[] })
  | Exclude<ReplayEvent, AttemptEvent | SettledEvent>;

export interface EventEncoder {
  emit(event: ReplayEvent): void;
  released(bytes: number): void;
  flush(): void;
}

/** Long enough to gather hundreds of events under load, too short for an eye. */
const flushEvery = 20;
const fullAt = 512;
const gapsAtFirst = 16_384;

export function createEventEncoder(post: (batch: EventBatch) => void): EventEncoder {
  /** As JSON: a text is one value for the collector, where a row is some thirty. */
  let texts: string[] = [];
  let gapCounts: number[] = [];
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
    if (texts.length === 0 && jobs === 0) return;
    post({ kind: 'batch', texts, gapCounts, gaps: gaps.slice(0, gapTotal), jobs, bytes });
    texts = [];
    gapCounts = [];
    attempts = 0;
    latest = undefined;
    gapTotal = 0;
    jobs = 0;
    bytes = 0;
  };
  const write = (event: ReplayEvent): void => {
    if (event.kind === 'attempt') {
      latest = event.attempt;
      attempts += 1;
      add(event.gaps);
      texts.push(JSON.stringify(event.attempt));
      gapCounts.push(event.gaps.length);
      return;
    }
    gapCounts.push(-1);
    if (event.kind === 'settled') {
      // The last of its attempts has only just ended; earlier ones are written out again.
      const listed = event.attempts.map((each) => (each === latest ? attempts - 1 : each));
      texts.push(JSON.stringify({ ...event, attempts: listed } satisfies PackedEvent));
    } else {
      texts.push(JSON.stringify(event satisfies PackedEvent));
    }
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
      write(event);
      if (texts.length >= fullAt) flush();
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
export function* decodeEvents(batch: EventBatch): Generator<ReplayEvent> {
  const attempts: Attempt[] = [];
  let offset = 0;
  for (const [index, text] of batch.texts.entries()) {
    const gapCount = batch.gapCounts[index] ?? -1;
    if (gapCount >= 0) {
      const attempt = JSON.parse(text) as Attempt;
      attempts.push(attempt);
      const gaps = batch.gaps.subarray(offset, offset + gapCount);
      offset += gapCount;
      yield { kind: 'attempt', attempt, row: text, gaps };
      continue;
    }
    const event = JSON.parse(text) as PackedEvent;
    if (event.kind === 'settled') {
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
