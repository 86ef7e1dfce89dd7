/**
 * Callbacks at absolute instants of `performance.now()`, never early. One timer for all of them:
 * with thousands of chunks a second, a timer per chunk drifts and costs more.
 */
export interface Scheduler {
  /** Runs `task` at `instant`; the returned function cancels it. */
  at(instant: number, task: () => void): () => void;
  stop(): void;
}

interface Entry {
  readonly due: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Node's timers are up to 1 ms late; with few waiting, the last stretch is polled instead. */
const pollMs = 1.5;
const fewWaiting = 32;

/** So many, and then requests are read: behind a backlog of chunks they would wait for milliseconds. */
const atOnce = 4;

export function createSchedule(): Scheduler {
  const heap: Entry[] = [];
  let order = 0;
  let timer: NodeJS.Timeout | undefined;
  let poll: NodeJS.Immediate | undefined;
  let armedFor = Number.POSITIVE_INFINITY;

  const disarm = () => {
    clearTimeout(timer);
    clearImmediate(poll);
    armedFor = Number.POSITIVE_INFINITY;
  };
  const arm = () => {
    const next = heap[0];
    if (!next || next.due >= armedFor) return;
    disarm();
    armedFor = next.due;
    const wait = next.due - performance.now();
    const polled = heap.length <= fewWaiting;
    if (wait <= 0 || (polled && wait <= pollMs)) poll = setImmediate(runDue);
    else timer = setTimeout(runDue, Math.max(1, polled ? wait - pollMs : Math.ceil(wait)));
  };
  const runDue = () => {
    disarm();
    let ran = 0;
    for (let next = heap[0]; next && next.due <= performance.now(); next = heap[0]) {
      if (ran++ === atOnce) break;
      pop(heap);
      next.run?.();
    }
    arm();
  };
  return {
    at(instant, task) {
      const entry: Entry = { due: instant, order: order++, run: task };
      push(heap, entry);
      arm();
      return () => {
        entry.run = undefined;
      };
    },
    stop() {
      heap.length = 0;
      disarm();
    },
  };
}

const before = (a: Entry, b: Entry) => a.due < b.due || (a.due === b.due && a.order < b.order);

function push(heap: Entry[], entry: Entry): void {
  let child = heap.push(entry) - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    const above = heap[parent];
    if (!above || !before(entry, above)) break;
    heap[child] = above;
    child = parent;
  }
  heap[child] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let parent = 0;
  for (;;) {
    let child = 2 * parent + 1;
    const [left, right] = [heap[child], heap[child + 1]];
    if (left && right && before(right, left)) child += 1;
    const below = heap[child];
    if (!below || !before(below, last)) break;
    heap[parent] = below;
    parent = child;
  }
  heap[parent] = last;
}
