import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * V8 sizes its heaps by the machine: on 24 GB, the young generation of each thread grows to 134 MB
 * and the old one to four times what is alive. A replay keeps 30 MB alive, however long it runs.
 * These flags hold for the whole process, so they are set only where the process is arb's own.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  // The next collection when there is 1.6 times what the last one left.
  setFlagsFromString('--heap-growing-percent=60');
  // Else a thread that rests for 8 s compacts its heap, 20 to 50 ms on both cores: the p99 of a gap's
  // error with the screen was 1.9 ms and is 0.8 ms (`npm run bench:accuracy`).
  setFlagsFromString('--memory-reducer-gc-count=0');
}

/** Limit of a thread's young generation: three semi-spaces of 16 MB, of which it uses two. */
export const youngGenerationMb = 48;

const wanted = 32e6;
const patience = 500;

/**
 * Lets this thread's young generation grow to its limit first: with the 1 MB that it starts with,
 * most of what lives for one request would be moved to the old generation.
 */
export function growYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
  const until = performance.now() + patience;
  let alive: object[] = [];
  while (youngSize() < wanted && performance.now() < until) {
    if (alive.length > 60_000) alive = [];
    for (let count = 0; count < 2_000; count++) alive.push({ count });
  }
  setFlagsFromString('--semi-space-growth-factor=1');
}

const youngSize = () =>
  getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? wanted;
