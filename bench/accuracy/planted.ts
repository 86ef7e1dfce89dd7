/** arb's measuring thread with a fault of 20 ms planted: now and then its loop stands still. */
import '../../src/replay/thread/worker.ts';

const standStill = 20;
const every = 200;

setInterval(() => {
  const until = performance.now() + standStill;
  while (performance.now() < until);
}, every).unref();
