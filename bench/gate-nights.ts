import { gateRun } from '../src/compare/gate.ts';
import { defaultGateRules } from '../src/compare/gate-rules.ts';
import { poolRuns } from '../src/compare/pool.ts';
import { type RunRows, toRunRows } from '../src/compare/run-rows.ts';
import type { Outcome } from '../src/outcome/outcome.ts';
import { clopperPearson } from '../src/statistics/proportion.ts';
import { dice } from '../src/statistics/random.test.helper.ts';
import { makeManifest } from '../src/store/manifest.test.helper.ts';
import type { Manifest } from '../src/store/manifest.ts';

/**
 * How often `arb gate` is wrong: sequences of nights drawn as outcome tables from one population, each
 * held against the nights accepted before it. Without a change at most the stated share of sequences may
 * raise an alarm; a planted change must be caught within two nights.
 *
 *   npm run bench:gate -- [--sequences 200] [--nights 30] [--requests 2000] [--changes 20]
 */
const option = (name: string, usual: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const sequences = option('sequences', 200);
const nights = option('nights', 30);
const requests = option('requests', 2_000);
const changes = option('changes', 20);

/** As many accepted nights stand for the past. */
const remembered = 7;
const plantedAt = 10;

interface Market {
  /** USD of a request of mean size. */
  readonly usd: number;
  readonly right: number;
  /** Factor of the slowest 3 % of the answers. */
  readonly tail: number;
  readonly served: string;
}

const usual: Market = { usd: 0.002, right: 0.85, tail: 1, served: 'model-2026-01' };
const plants: Readonly<Record<string, Market>> = {
  'cost 20 % up': { ...usual, usd: 1.2 * usual.usd },
  'quality 5 points down': { ...usual, right: usual.right - 0.05 },
  'p99 doubled': { ...usual, tail: 2 },
  'another model': { ...usual, served: 'model-2026-02' },
};

const targets = ['small', 'large'] as const;

/** One night: other requests of the same population, in sessions of one to four. */
async function drawNight(market: Market, sequence: number, night: number): Promise<RunRows> {
  const roll = dice(Math.imul(1_000 * sequence + night + 1, 0x9e3779b1));
  const chance = () => (roll(1_000_000) + 0.5) / 1_000_000;
  const normal = () => Math.sqrt(-2 * Math.log(chance())) * Math.cos(2 * Math.PI * chance());
  const rows: Outcome[] = [];
  for (let i = 0, session = 0, left = 0, mood = 0; i < requests; i++, left--) {
    if (left <= 0) {
      session += 1;
      left = 1 + roll(4);
      mood = normal();
    }
    const size = Math.exp(0.6 * normal() - 0.18);
    // What is hard is hard within a session: its answers agree more than by chance.
    const hard = chance() < 0.3 ? mood : normal();
    for (const [index, target] of targets.entries()) {
      const { usd, right, tail, served: _ } = index === 0 ? market : usual;
      const failed = chance() < 0.003;
      const slow = normal();
      const latency = 900 * Math.exp(0.5 * slow) * (slow > 1.88 ? tail : 1);
      rows.push({
        request_id: `n${night}-${i}`,
        target,
        pass: 1,
        session: `n${night}-s${session}`,
        status: failed ? 'failed' : 'ok',
        cost_usd: failed ? 0 : usd * (1 + 4 * index) * size,
        quality: !failed && hard < quantile(right) ? 1 : 0,
        quality_kind: 'check',
        ...(!failed && { latency_ms: latency, ttft_ms: 0.3 * latency }),
      });
    }
  }
  return toRunRows(`night-${night}`, toManifest(market, night), rows);
}

/** By bisection: the standard normal's, to a thousandth. */
const quantiles = new Map<number, number>();
function quantile(share: number): number {
  const known = quantiles.get(share);
  if (known !== undefined) return known;
  let [low, high] = [-4, 4];
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (below(middle) < share) low = middle;
    else high = middle;
  }
  quantiles.set(share, low);
  return low;
}

/** Phi(x) by Simpson's rule. */
function below(x: number): number {
  const steps = 200;
  const width = (x + 8) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const factor = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += factor * Math.exp(-((-8 + i * width) ** 2) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

function toManifest(market: Market, night: number): Manifest {
  return makeManifest({
    name: `night-${night}`,
    started_at: new Date(Date.UTC(2026, 0, 1 + night)).toISOString(),
    workload: { file: `night-${night}.jsonl`, hash: `night-${night}`, requests },
    config: {},
    targets,
    served_models: { small: { [market.served]: requests }, large: { 'large-1': requests } },
  });
}

/** The nights of a sequence on which an alarm was raised. */
async function play(sequence: number, planted?: Market): Promise<number[]> {
  const accepted: RunRows[] = [await drawNight(usual, sequence, 0)];
  const alarms: number[] = [];
  const last = planted ? plantedAt + 1 : nights;
  for (let night = 1; night <= last; night++) {
    const run = await drawNight(planted && night >= plantedAt ? planted : usual, sequence, night);
    const found = gateRun(poolRuns(accepted), run, { rules: defaultGateRules });
    if (found.verdict === 'FAIL') alarms.push(night);
    if (!found.accepted) continue;
    accepted.unshift(run);
    accepted.length = Math.min(accepted.length, remembered);
  }
  return alarms;
}

let alarmed = 0;
for (let sequence = 0; sequence < sequences; sequence++) {
  if ((await play(sequence)).length > 0) alarmed += 1;
}
const limits = clopperPearson(alarmed, sequences);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
console.log(
  `without a change: ${alarmed} of ${sequences} sequences of ${nights} nights raised an alarm, ${percent(alarmed / sequences)} (${percent(limits.low)} to ${percent(limits.high)}); stated: at most ${percent(defaultGateRules.error)}`,
);
let isMissed = limits.low > defaultGateRules.error;
for (const [name, market] of Object.entries(plants)) {
  let caught = 0;
  for (let change = 0; change < changes; change++) {
    const alarms = await play(10_000 + change, market);
    if (alarms.some((night) => night >= plantedAt)) caught += 1;
  }
  if (caught < 0.95 * changes) isMissed = true;
  console.log(`${name.padEnd(24)} caught within two nights: ${caught} of ${changes}`);
}
process.exitCode = isMissed ? 1 : 0;
