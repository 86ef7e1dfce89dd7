import type { Attempt } from '../event/attempt.ts';
import type { AttemptEvent, Gaps, ReplayEvent, SettledEvent } from '../event/event.ts';

/**
 * Events on their way out of the worker: as JSON, which is made, moved and read in a third of the
 * time that structured cloning takes, and with the gaps of all attempts in one array that is moved
 * rather than copied.
 */
export interface EventBatch {
  readonly kind: 'batch';
  /** `PackedEvent[]` as JSON. */
  readonly events: string;
  /** Where the rows of the attempts begin and end in it. */
  readonly rows: readonly number[];
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
  let events = '[';
  let count = 0;
  let rows: number[] = [];
  let latest: Attempt | undefined;
  let gaps = new Uint32Array(gapsAtFirst);
  let gapTotal = 0;
  let jobs = 0;
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (count === 0 && jobs === 0) return;
    const text = `${events}]`;
    post({ kind: 'batch', events: text, rows, gaps: gaps.slice(0, gapTotal), jobs, bytes });
    events = '[';
    count = 0;
    rows = [];
    latest = undefined;
    gapTotal = 0;
    jobs = 0;
    bytes = 0;
  };
  const write = (event: ReplayEvent): void => {
    if (count > 0) events += ',';
    if (event.kind === 'attempt') {
      latest = event.attempt;
      add(event.gaps);
      events += '{"kind":"attempt","attempt":';
      rows.push(events.length);
      events += JSON.stringify(event.attempt);
      rows.push(events.length);
      events += `,"gaps":${event.gaps.length}}`;
    } else if (event.kind === 'settled') {
      // The last of its attempts has only just ended; earlier ones are written out again.
      const last = rows.length / 2 - 1;
      const attempts = event.attempts.map((each) => (each === latest ? last : each));
      events += JSON.stringify({ ...event, attempts } satisfies PackedEvent);
    } else {
      events += JSON.stringify(event satisfies PackedEvent);
    }
    count += 1;
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
      if (count >= fullAt) flush();
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
  for (const event of JSON.parse(batch.events) as readonly PackedEvent[]) {
    if (event.kind === 'attempt') {
      attempts.push(event.attempt);
      const place = 2 * (attempts.length - 1);
      const row = batch.events.slice(batch.rows[place], batch.rows[place + 1]);
      const gaps = batch.gaps.subarray(offset, offset + event.gaps);
      offset += event.gaps;
      yield { kind: 'attempt', attempt: event.attempt, row, gaps };
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
