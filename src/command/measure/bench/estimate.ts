import { parseFloor } from '../../../optimize/problem/floor.ts';
import { inspectTraffic } from '../../../price/traffic.ts';
import { pairsNeeded } from '../../../statistics/sample-size.ts';
import { refuseInvalid, surveyWorkload } from '../../../workload/read.ts';
import { loadForecast } from '../../../workload/tokens.ts';
import { loadConfig } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { type BenchOptions, normalBenchOptions } from './bench-options.ts';
import { sampled } from './sample.ts';

/** What a bench would come to; nothing is sent. */
export interface Estimate {
  readonly requests: number;
  readonly targets: readonly {
    readonly target: string;
    readonly cost_usd?: number;
    readonly low_usd?: number;
    readonly high_usd?: number;
  }[];
  readonly total_usd: number;
  readonly high_usd: number;
  /** At the recorded latencies; absent where the log has none. */
  readonly time_ms?: number;
  /** Requests that would let a change of the margin be certified, at the planning share. */
  readonly needed?: number;
}

/** Pairs on which a cheap target and a strong one differ, for planning: about one in ten. */
const PLANNED_DISCORDANT = 0.1;
/** The share of the requests that certifies; the rest is what a policy is chosen on. */
const CERTIFY_SHARE = 0.6;

/** Cost per target, time, and the number of requests that the wanted decision needs. */
export async function estimateBench(
  workload: string,
  given: BenchOptions,
  { now }: Pick<CommandContext, 'now'>,
): Promise<Estimate> {
  const options = normalBenchOptions(given);
  const { config, targets } = loadConfig(options.config);
  const survey = await surveyWorkload(workload);
  if (!options.skipInvalid) refuseInvalid(survey);
  const sample = sampled(survey, options.requests, options.seed);
  let recordedMs = 0;
  let recorded = 0;
  async function* watched() {
    for await (const piece of sample.requests()) {
      for (const request of piece) {
        recordedMs += request.recorded?.latency ?? 0;
        if (request.recorded?.latency !== undefined) recorded += 1;
      }
      yield* piece;
    }
  }
  const traffic = await inspectTraffic(watched(), {
    targets: targets.filter((target) => target.role === 'candidate'),
    at: now(),
    forecast: await loadForecast(),
  });
  const { passes } = options;
  const places = options.concurrency ?? config.load.concurrency ?? 8;
  const rows = traffic.elsewhere.map(({ target, costUsd, lowUsd, highUsd, priced }) => ({
    target,
    ...(priced > 0 && {
      cost_usd: passes * costUsd,
      low_usd: passes * lowUsd,
      high_usd: passes * highUsd,
    }),
  }));
  const needed = neededFor(config.quality.floor);
  return {
    requests: sample.count * passes,
    targets: rows,
    total_usd: rows.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0),
    high_usd: rows.reduce((sum, row) => sum + (row.high_usd ?? 0), 0),
    ...(recorded > 0 && { time_ms: (passes * sample.count * (recordedMs / recorded)) / places }),
    ...(needed !== undefined && { needed }),
  };
}

function neededFor(floor: string | number | undefined): number | undefined {
  const parsed = parseFloor(String(floor ?? 'best-0.02'));
  if (parsed.kind === 'absolute') return undefined;
  const plan = { discordant: PLANNED_DISCORDANT, difference: 0, margin: parsed.margin };
  const pairs = pairsNeeded(plan);
  return pairs === undefined ? undefined : Math.ceil(pairs / CERTIFY_SHARE);
}
