import { ms, planReplay, startReplay, type WorkloadRequest } from '../src/index.ts';
import { percentile, serve } from './process.ts';
import { benchTarget } from './target.ts';

/**
 * Coordinated omission, on real sockets: constant 100/s for 60 s, 16 in flight at most, 50 ms of
 * service, and a stall of 2 s in every 10 s. The queue recursion gives a response-time p90 of 1.350 s
 * and p95 of 1.690 s, while the service time stays at 50 ms.
 */
const truth = { p90: 1_350, p95: 1_690, service: 50 };
const tolerance = 0.02;
const market = {
  targets: {
    stall: {
      model: 'm',
      price: { input: 1, output: 2 },
      ttft: truth.service,
      output_tokens: { default: 1 },
      accuracy: { default: 1 },
      stall: { every_ms: 10_000, for_ms: 2_000 },
    },
  },
};

const sim = await serve('sim.ts', [JSON.stringify(market), 'bill']);
const plan = planReplay({
  targets: [benchTarget('stall', `${sim.url}/stall/v1`, 16)],
  load: { arrivals: { mode: 'constant', perSecond: 100 }, concurrency: 16, maxInFlight: 16 },
});
async function* requests(): AsyncGenerator<readonly WorkloadRequest[]> {
  for (let index = 0; index < 6_000; index++) {
    const body = { messages: [{ role: 'user', content: `q ${index}` }] };
    yield [{ id: `q-${index}`, line: index + 1, metadata: {}, body, expect: [] }];
  }
}
const response: number[] = [];
const service: number[] = [];
const lags: number[] = [];
for await (const event of startReplay(plan, requests)) {
  if (event.kind !== 'attempt') continue;
  const { intended_ms, sent_ms, latency_ms, lag_ms, status } = event.attempt;
  if (status !== 'ok') throw new Error(`the simulator failed: ${event.attempt.status}`);
  response.push(ms(sent_ms + latency_ms - intended_ms));
  service.push(latency_ms);
  lags.push(lag_ms);
}
await sim.end();

const rows = [
  { name: 'response time', from: response, must: true },
  // The planted fault: the same check on the time since sending must fail.
  { name: 'with the sent time', from: service, must: false },
];
let failed = false;
console.log('from                      p90 (1,350)   p95 (1,690)');
for (const { name, from, must } of rows) {
  const [p90, p95] = [percentile(from, 0.9), percentile(from, 0.95)];
  const within =
    Math.abs(p90 / truth.p90 - 1) <= tolerance && Math.abs(p95 / truth.p95 - 1) <= tolerance;
  failed ||= within !== must;
  const verdict = within ? 'within 2 %' : 'off';
  console.log(
    `${name.padEnd(22)} ${p90.toFixed(1).padStart(14)} ${p95.toFixed(1).padStart(13)}   ${verdict}${within === must ? ', as it must be' : ', WRONG'}`,
  );
}
const serviceP90 = percentile(service, 0.9);
failed ||= Math.abs(serviceP90 / truth.service - 1) > 0.1;
console.log(
  `service time p90 ${serviceP90.toFixed(1)} ms; late starts of arb p99 ${percentile(lags, 0.99).toFixed(2)} ms`,
);
process.exitCode = failed ? 1 : 0;
