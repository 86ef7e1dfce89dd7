import PQueue from 'p-queue';

/**
 * Serves what joins it in order, as many at once as there are places. A place once opened stays: the
 * queue of places itself costs nothing per request.
 */
export interface Line<T> {
  join(each: T): void;
  /** Those who wait for a place. */
  waiting(): number;
  /** Those who have a place. */
  served(): number;
  places: number;
}

/**
 * `most` places, all of them from the start unless `places` is set lower. `serve` never rejects:
 * nobody waits here who could be told.
 */
export function createLine<T>(most: number, serve: (each: T) => Promise<void>): Line<T> {
  const queue = new PQueue({ concurrency: most });
  let line: (T | undefined)[] = [];
  let next = 0;
  let serving = 0;
  const shift = (): T | undefined => {
    const first = line[next];
    if (first === undefined) return undefined;
    // Who was served is let go of.
    line[next++] = undefined;
    // Cut the served half off, so that each entry is moved at most once.
    if (next > 1_024 && next * 2 > line.length) {
      line = line.slice(next);
      next = 0;
    }
    return first;
  };
  /** Places that nobody wants at the moment. */
  const free: (() => void)[] = [];
  const serveAll = async () => {
    for (;;) {
      for (let first = shift(); first !== undefined; first = shift()) {
        serving += 1;
        await serve(first);
        serving -= 1;
      }
      await new Promise<void>((resolve) => free.push(resolve));
    }
  };
  return {
    join(each) {
      line.push(each);
      const place = free.pop();
      if (place) place();
      // As many as there may ever be: while places are fewer, the rest wait in the queue.
      else if (queue.size + queue.pending < most) void queue.add(serveAll);
    },
    waiting: () => line.length - next,
    served: () => serving,
    get places() {
      return queue.concurrency;
    },
    set places(count) {
      queue.concurrency = count;
    },
  };
}
