/** Places over all targets, given in the order in which they were asked for. */
export interface Places {
  /** Nothing where a place was free and is taken; else resolves when it is. */
  enter(): Promise<void> | undefined;
  leave(): void;
}

export function createPlaces(count: number): Places {
  let free = count;
  let waiting: (() => void)[] = [];
  let next = 0;
  return {
    enter() {
      if (free > 0) {
        free -= 1;
        return undefined;
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    leave() {
      const first = waiting[next];
      if (!first) {
        free += 1;
        return;
      }
      next += 1;
      if (next * 2 > waiting.length) {
        waiting = waiting.slice(next);
        next = 0;
      }
      // The place passes from hand to hand: nobody who comes later can be first.
      first();
    },
  };
}
