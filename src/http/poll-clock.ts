import { type Ms, ms } from '../units.ts';

/** No poll takes longer (ms) to read its sockets; an older stamp belongs to an earlier poll. */
const longestTurn = 20;

let polledAt: number | undefined;

/**
 * The instant at which the poll of the event loop found the bytes that a socket now hands over: one
 * for all sockets that the same poll found ready, taken at the first of them. So no socket is stamped
 * later for the work done for those before it. Call it from the callback of a read.
 */
export function pollTime(): Ms {
  const now = performance.now();
  if (polledAt === undefined || now - polledAt > longestTurn) {
    polledAt = now;
    // Immediates run right after the poll.
    setImmediate(forget);
  }
  return ms(polledAt);
}

function forget(): void {
  polledAt = undefined;
}
