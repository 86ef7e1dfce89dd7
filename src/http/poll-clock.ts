import { type Ms, ms } from '../units.ts';

/** No poll's sockets take longer to read; what is older was no stamp of this poll. */
const longestTurn = 20;

let polledAt: number | undefined;

/**
 * When the system said that the bytes were there which a socket now hands over: one instant for all
 * sockets that the same poll of the event loop found ready, taken at the first of them. So none is
 * stamped later for the work that those before it made. Called from the callback of a read.
 */
export function arrival(): Ms {
  const now = performance.now();
  if (polledAt === undefined || now - polledAt > longestTurn) {
    polledAt = now;
    // Immediates come right after the poll.
    setImmediate(forget);
  }
  return ms(polledAt);
}

function forget(): void {
  polledAt = undefined;
}
