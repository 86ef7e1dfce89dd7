import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ms, planReplay, startReplay, type WorkloadRequest } from '../src/index.ts';
import { shared } from './command.ts';
import { percentile, serve } from './process.ts';
import { benchTarget } from './target.ts';

/**
 * The Azure conversation trace, 19,366 arrivals in 58 minutes, replayed at speed 60: achieved starts
 * must be within 1 % of the schedule.
 */
const file = join(shared, 'traces', 'azure-2023-conversation.csv');
const speed = 60;
const tolerance = 0.01;
const market = {
  time_scale: 1 / speed,
  targets: {
    chat: {
      model: 'm',
      price: { input: 1, output: 2 },
      ttft: { p50_ms: 400, p99_ms: 2_000 },
      gap: 20,
      chunk_tokens: 64,
      output_tokens: { default: 2_000 },
      accuracy: { default: 1 },
    },
  },
};

/** One line of the trace as a request of that length, asking for an answer of that length. */
async function* requests(): AsyncGenerator<readonly WorkloadRequest[]> {
  let line = 0;
  for await (const row of createInterface({ input: createReadStream(file) })) {
    line += 1;
    if (line === 1) continue;
    const [at = 0, input = 0, output = 0] = row.split(',').map(Number);
    const content = `${line} ${'word '.repeat((input * 4) / 5)}`;
    const request = {
      id: `t-${line}`,
      line,
      at: ms(at),
      metadata: {},
      body: { messages: [{ role: 'user', content }], max_tokens: Math.max(1, output) },
      expect: [],
    };
    yield [request];
  }
}

const sim = await serve('sim.ts', [JSON.stringify(market), 'bill']);
const plan = planReplay({
  targets: [benchTarget('chat', `${sim.url}/chat/v1`, 2_000)],
  load: { arrivals: { mode: 'recorded', speed }, concurrency: 2_000, maxInFlight: 2_000 },
});
const intended: number[] = [];
const sent: number[] = [];
const lags: number[] = [];
let failed = 0;
const startedAt = performance.now();
let self: { schedule_lag_p99_ms: number; loop_lag_p99_ms: number } | undefined;
for await (const event of startReplay(plan, requests)) {
  if (event.kind === 'finished') self = event.self;
  if (event.kind !== 'attempt') continue;
  const { attempt } = event;
  if (attempt.status !== 'ok') failed += 1;
  if (attempt.attempt > 1) continue;
  intended.push(attempt.intended_ms);
  sent.push(attempt.sent_ms);
  lags.push(attempt.sent_ms - attempt.intended_ms);
}
await sim.end();

/** Starts in each second of the schedule, asked and achieved. */
function perSecond(times: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const time of times) {
    const second = Math.floor(time / 1_000);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return counts;
}

const asked = perSecond(intended);
const achieved = perSecond(sent);
const off = [...asked].reduce(
  (sum, [s, count]) => sum + Math.abs(count - (achieved.get(s) ?? 0)),
  0,
);
const share = off / 2 / intended.length;
const span = percentile(sent, 1) / percentile(intended, 1) - 1;
console.log(
  `${intended.length} starts in ${(percentile(sent, 1) / 1_000).toFixed(1)} s, ${failed} failed, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s in all`,
);
console.log(
  `starts in another second than planned: ${(share * 100).toFixed(3)} % (limit 1 %); span off by ${(span * 100).toFixed(4)} %`,
);
console.log(
  `schedule lag p50 ${percentile(lags, 0.5).toFixed(2)} ms, p99 ${percentile(lags, 0.99).toFixed(2)} ms, max ${percentile(lags, 1).toFixed(1)} ms; arb says p99 ${self?.schedule_lag_p99_ms} ms, loop lag p99 ${self?.loop_lag_p99_ms} ms`,
);
const ok =
  share <= tolerance && Math.abs(span) <= tolerance && intended.length === 19_366 && failed === 0;
process.exitCode = ok ? 0 : 1;
