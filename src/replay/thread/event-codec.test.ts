import { describe, expect, it } from 'vitest';
import { failedAttempt } from '../event/attempt.test.helper.ts';
import type { ReplayEvent } from '../event/event.ts';
import { createEventEncoder, decodeEvents, type EventBatch } from './event-codec.ts';

const attempt = (id: string, gaps: readonly number[]): ReplayEvent => ({
  kind: 'attempt',
  attempt: failedAttempt({ request_id: id, target: 't', status: 'timeout', latency_ms: 0 }),
  gaps: Uint32Array.from(gaps),
});

describe('a batch of events', () => {
  it('gives every attempt its own gaps and its row back, in the order of the events', () => {
    const batches: EventBatch[] = [];
    const batcher = createEventEncoder((batch) => void batches.push(structuredClone(batch)));
    const events: ReplayEvent[] = [
      attempt('a', [1, 2, 3]),
      { kind: 'load', target: 't', in_flight: 1, waiting: 0 },
      attempt('b', []),
      attempt('c', [4_000_000_000]),
    ];
    const [first, , second] = events;
    if (first?.kind !== 'attempt' || second?.kind !== 'attempt') throw new Error('not attempts');
    // A settled event holds attempts of its own batch and, after a long back-off, of earlier ones.
    const earlier = { ...first.attempt, request_id: 'earlier' };
    const attempts = [earlier, first.attempt, second.attempt];
    events.push({ kind: 'settled', request_id: 'a', target: 't', pass: 1, attempts });
    for (const event of events) batcher.emit(event);
    batcher.flush();
    const withRows = events.map((event) =>
      event.kind === 'attempt' ? { ...event, row: JSON.stringify(event.attempt) } : event,
    );
    expect(batches.flatMap((batch) => [...decodeEvents(batch)])).toEqual(withRows);
  });

  it('goes out when it is full or a moment old, and not at all when empty', async () => {
    const sizes: number[] = [];
    const batcher = createEventEncoder((batch) => void sizes.push([...decodeEvents(batch)].length));
    batcher.flush();
    for (let count = 0; count < 600; count++) batcher.emit(attempt('a', []));
    expect(sizes).toEqual([512]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(sizes).toEqual([512, 88]);
  });
});
