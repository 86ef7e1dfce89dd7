import PQueue from 'p-queue';

/**
 * Serves what joins it in order, as many at once as there are places. A place is kept while anybody
 * waits: under load, the queue of places itself costs nothing per request.
 */
export interface Line<T> {
  /** Resolves when it was served; rejects with what serving threw. */
  join(each: T): Promise<void>;
  /** Those who wait for a place. */
  waiting(): number;
  /** Those who have a place. */
  served(): number;
  places: number;
}

interface Waiting<T> {
  readonly each: T;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** `most` places, all of them from the start unless `places` is set lower. */
export function createLine<T>(most: number, serve: (each: T) => Promise<void>): Line<T> {
  const queue = new PQueue({ concurrency: most });
  let line: Waiting<T>[] = [];
  let next = 0;
  let serving = 0;
  const shift = (): Waiting<T> | undefined => {
    const first = line[next];
    if (first) next += 1;
    // Cut the served half off, so that each entry is moved at most once.
    if (next > 1_024 && next * 2 > line.length) {
      line = line.slice(next);
      next = 0;
    }
    return first;
  };
  const serveAll = async () => {
    for (let first = shift(); first; first = shift()) {
      serving += 1;
      try {
        await serve(first.each);
        first.done();
      } catch (error) {
        first.fail(error);
      }
      serving -= 1;
    }
  };
  return {
    join: (each) =>
      new Promise((done, fail) => {
        line.push({ each, done, fail });
        // As many as there may ever be: while places are fewer, the rest wait in the queue.
        if (queue.size + queue.pending < most) void queue.add(serveAll);
      }),
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
