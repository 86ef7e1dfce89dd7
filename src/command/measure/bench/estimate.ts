import { parseFloor } from '../../../optimize/problem/floor.ts';
import { inspectTraffic } from '../../../price/traffic.ts';
import { pairsNeeded } from '../../../statistics/sample-size.ts';
import { toReadingLimits } from '../../../workload/limits.ts';
import type { Survey } from '../../../workload/read.ts';
import { loadForecast } from '../../../workload/tokens.ts';
import type { LoadedConfig } from '../../config/config.ts';
import { loadConfig, selectTargets } from '../../config/config.ts';
import type { CommandContext } from '../../context.ts';
import { countScoring, emptyScoring, type Scoring } from '../scoring.ts';
import { openWorkload } from '../workload-file.ts';
import type { NormalBenchOptions } from './bench-options.ts';
import { type BenchOptions, normalBenchOptions } from './bench-options.ts';
import { estimateJudging, type JudgingEstimate } from './estimate-judging.ts';
import { sampled } from './sample.ts';
import { findSampledTwice } from './session.ts';

/** What a bench would come to; nothing is sent. */
export interface Estimate {
  /** Of the workload or the sample. */
  readonly requests: number;
  readonly targets: readonly {
    readonly target: string;
    /** How often each request is asked; a baseline that judges compare with is asked twice. */
    readonly passes: number;
    readonly cost_usd?: number;
    readonly low_usd?: number;
    readonly high_usd?: number;
  }[];
  readonly total_usd: number;
  readonly high_usd: number;
  /** Where judges are named and answers need them. */
  readonly judging?: JudgingEstimate;
  readonly scoring: Scoring;
  readonly floor: string;
  /** At the recorded latencies; absent where the log has none. */
  readonly time_ms?: number;
  /** Requests that would let a change of the margin be certified, at the planning share. */
  readonly needed?: number;
}

/** Where arb.yaml names no floor. */
const DEFAULT_FLOOR = 'best-0.02';
/** Pairs on which a cheap target and a strong one differ, for planning: about one in ten. */
const PLANNED_DISCORDANT = 0.1;
/** The share of the requests that certifies; the rest is what a policy is chosen on. */
const CERTIFY_SHARE = 0.6;

/**
 * Cost per target, time, judging, and the number of requests that the wanted decision needs. Costs are
 * USD at list prices, for the input tokens of the log (else o200k_base's) and answers as long as the
 * recorded ones; nothing is sent.
 *
 * @throws UsageError, WorkloadError for what was given
 */
export async function estimateBench(
  workload: string,
  given: BenchOptions,
  { now, stdin }: Pick<CommandContext, 'now' | 'stdin'>,
): Promise<Estimate> {
  const options = normalBenchOptions(given);
  const loaded = selectTargets(loadConfig(options.config), options.targets);
  const { skipInvalid } = options;
  const limits = toReadingLimits(loaded.config.limits);
  const { survey, release } = await openWorkload(workload, { stdin, skipInvalid, limits });
  try {
    return await estimateOpened(survey, { options, loaded, at: now() });
  } finally {
    release();
  }
}

interface Given {
  readonly options: NormalBenchOptions;
  readonly loaded: LoadedConfig;
  readonly at: Date;
}

async function estimateOpened(survey: Survey, { options, loaded, at }: Given): Promise<Estimate> {
  const { config, targets } = loaded;
  const sample = sampled(survey, {
    requests: options.requests,
    seed: options.seed,
    order: 'random',
  });
  const scoring = emptyScoring();
  let recordedMs = 0;
  let recorded = 0;
  async function* watched() {
    for await (const piece of sample.requests()) {
      for (const request of piece) {
        countScoring(scoring, request);
        recordedMs += request.recorded?.latency ?? 0;
        if (request.recorded?.latency !== undefined) recorded += 1;
      }
      yield* piece;
    }
  }
  const candidates = targets.filter((target) => target.role === 'candidate');
  const traffic = await inspectTraffic(watched(), {
    targets: candidates,
    at,
    forecast: await loadForecast(),
  });
  const places = options.concurrency ?? config.load.concurrency ?? 8;
  const twice = findSampledTwice(loaded);
  const passesOf = (target: string) =>
    target === twice ? Math.max(2, options.passes) : options.passes;
  const rows = traffic.elsewhere.map(({ target, costUsd, lowUsd, highUsd, priced }) => ({
    target,
    passes: passesOf(target),
    ...(priced > 0 && {
      cost_usd: passesOf(target) * costUsd,
      low_usd: passesOf(target) * lowUsd,
      high_usd: passesOf(target) * highUsd,
    }),
  }));
  const most = Math.max(options.passes, ...rows.map(({ passes }) => passes));
  const needed = neededFor(config.quality.floor);
  const judging = estimateJudging(loaded, {
    answers: scoring.need_judge * rows.reduce((sum, { passes }) => sum + passes, 0),
    inputTokens: traffic.total.inputTokens / Math.max(1, traffic.total.requests),
    at,
  });
  return {
    requests: sample.count,
    targets: rows,
    total_usd: rows.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0),
    high_usd: rows.reduce((sum, row) => sum + (row.high_usd ?? 0), 0),
    ...(judging && { judging }),
    scoring,
    floor: String(config.quality.floor ?? DEFAULT_FLOOR),
    ...(recorded > 0 && { time_ms: (most * sample.count * (recordedMs / recorded)) / places }),
    ...(needed !== undefined && { needed }),
  };
}

function neededFor(floor: string | number | undefined): number | undefined {
  const parsed = parseFloor(String(floor ?? DEFAULT_FLOOR));
  if (parsed.kind === 'absolute') return undefined;
  const plan = { discordant: PLANNED_DISCORDANT, difference: 0, margin: parsed.margin };
  const pairs = pairsNeeded(plan);
  return pairs === undefined ? undefined : Math.ceil(pairs / CERTIFY_SHARE);
}
