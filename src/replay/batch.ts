import type { ReplayEvent, Reservation } from './event.ts';

/**
 * Events on their way out of the worker. The gaps of all attempts travel in one array that is moved
 * rather than copied: hundreds of small typed arrays a second cost more than all else.
 */
export interface Batch {
  readonly kind: 'batch';
  /** From 1. */
  readonly number: number;
  /** Attempt events without their gaps. */
  readonly events: readonly ReplayEvent[];
  readonly gaps: Uint32Array<ArrayBuffer>;
  /** How many gaps each attempt event has, in order. */
  readonly gapCounts: readonly number[];
  /** Jobs that were done with since the batch before. */
  readonly jobs: number;
  /** The bytes they held. */
  readonly bytes: number;
}

export interface Batcher {
  emit(event: ReplayEvent): void;
  /** Resolves when the consumer has taken the event that holds the reservation. */
  reserve(reservation: Reservation): Promise<void>;
  released(bytes: number): void;
  /** The consumer has taken all events of the batch. */
  taken(number: number): void;
  flush(): void;
}

/** Long enough to gather hundreds of events under load, too short for an eye. */
const flushEvery = 20;
const fullAt = 512;
const nothing = new Uint32Array(0);

export function createBatcher(post: (batch: Batch) => void): Batcher {
  let events: ReplayEvent[] = [];
  let gaps: Uint32Array[] = [];
  let gapTotal = 0;
  let reservations: Reservation[] = [];
  let waiting: (() => void)[] = [];
  let jobs = 0;
  let bytes = 0;
  let number = 0;
  let timer: NodeJS.Timeout | undefined;
  let urgent = false;
  const untaken = new Map<number, (() => void)[]>();
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    urgent = false;
    if (reservations.length > 0) events.push({ kind: 'reserved', reservations });
    if (events.length === 0 && jobs === 0) return;
    number += 1;
    if (waiting.length > 0) untaken.set(number, waiting);
    const gapCounts = gaps.map((each) => each.length);
    post({ kind: 'batch', number, events, gaps: joined(gaps, gapTotal), gapCounts, jobs, bytes });
    events = [];
    gaps = [];
    gapTotal = 0;
    reservations = [];
    waiting = [];
    jobs = 0;
    bytes = 0;
  };
  const soon = () => {
    timer ??= setTimeout(flush, flushEvery);
  };
  return {
    emit(event) {
      if (event.kind === 'attempt') {
        gaps.push(event.gaps);
        gapTotal += event.gaps.length;
        events.push({ ...event, gaps: nothing });
      } else {
        events.push(event);
      }
      if (events.length >= fullAt) flush();
      else soon();
    },
    reserve(reservation) {
      reservations.push(reservation);
      // Money is waited for: at the end of this turn of the loop, with all that asked in it.
      if (!urgent) setImmediate(flush);
      urgent = true;
      return new Promise((resolve) => waiting.push(resolve));
    },
    released(size) {
      jobs += 1;
      bytes += size;
      soon();
    },
    taken(batch) {
      for (const [sent, resolvers] of untaken) {
        if (sent > batch) return;
        untaken.delete(sent);
        for (const resolve of resolvers) resolve();
      }
    },
    flush,
  };
}

function joined(parts: readonly Uint32Array[], total: number): Uint32Array<ArrayBuffer> {
  const whole = new Uint32Array(total);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The events of a batch, each attempt with its gaps again. */
export function* eventsOf(batch: Batch): Generator<ReplayEvent> {
  let attempt = 0;
  let offset = 0;
  for (const event of batch.events) {
    if (event.kind !== 'attempt') {
      yield event;
      continue;
    }
    const count = batch.gapCounts[attempt++] ?? 0;
    yield { ...event, gaps: batch.gaps.subarray(offset, offset + count) };
    offset += count;
  }
}
