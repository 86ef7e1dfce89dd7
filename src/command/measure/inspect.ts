import { existsSync } from 'node:fs';
import { inspectTraffic, type Traffic } from '../../price/traffic.ts';
import { inspectTargets, type TargetFit } from '../../provider/inspect-targets.ts';
import { type Tokens, tokens } from '../../units.ts';
import { toReadingLimits } from '../../workload/limits.ts';
import { rereadWorkload, type Survey } from '../../workload/read.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import { effectiveSize } from '../../workload/sample/draw.ts';
import { loadForecast } from '../../workload/tokens.ts';
import type { CommandContext } from '../context.ts';
import { countScoring, emptyScoring, type Scoring } from './scoring.ts';
import { openWorkload } from './workload-file.ts';

/** What a workload is priced at. */
export interface InspectOptions {
  /** Targets to price the same traffic at. @default 'arb.yaml', where there is one */
  readonly config?: string;
  /** Leave bad lines of the workload out. @default false: they are refused */
  readonly skipInvalid?: boolean;
}

/** What is known of a workload before anything is sent. */
export interface Inspection {
  readonly traffic: Traffic;
  readonly scoring: Scoring;
  /** Requests without weights that prove as much; absent where all weigh the same. */
  readonly effective?: number;
  /** Bad lines that were left out. */
  readonly left_out: number;
  /** Targets with role judge in arb.yaml. */
  readonly judges: readonly string[];
  /** What each target of arb.yaml can be asked. */
  readonly fits: readonly TargetFit[];
  /** What applications are called: by arb.yaml, else from their prompts; by fingerprint. */
  readonly apps: ReadonlyMap<string, string>;
}

/** What the traffic is and costs today, before anything is sent. @throws WorkloadError, UsageError */
export async function inspect(
  workload: string,
  { config, skipInvalid = false }: InspectOptions,
  { now, stdin }: Pick<CommandContext, 'now' | 'stdin'>,
): Promise<Inspection> {
  const configured = config !== undefined || existsSync('arb.yaml');
  const loaded = configured ? await loadLazily(config) : undefined;
  const limits = toReadingLimits(loaded?.config.limits);
  const { survey, release } = await openWorkload(workload, { stdin, skipInvalid, limits });
  try {
    const scoring = emptyScoring();
    const fits = inspectTargets(loaded?.targets.filter(({ role }) => role === 'candidate') ?? []);
    const weights: number[] = [];
    let countTokens: ((body: WorkloadRequest['body']) => Tokens) | undefined;
    const watched = async function* () {
      for await (const request of requestsOf(survey)) {
        countScoring(scoring, request);
        fits.add(request.body);
        weights.push(request.weight ?? 1);
        if (request.recorded?.input_tokens === undefined) countTokens ??= await loadForecast();
        yield request;
      }
    };
    const traffic = await inspectTraffic(watched(), {
      targets: loaded?.targets.filter(({ role }) => role === 'candidate') ?? [],
      at: now(),
      forecast: (body) => countTokens?.(body) ?? tokens(0),
    });
    const judges = loaded?.config.quality.judges ?? [];
    const named = Object.entries(loaded?.config.apps ?? {}).map(
      ([name, app]) => [app, name] as const,
    );
    const effective = effectiveSize(weights);
    return {
      ...(weights.length - effective >= 1 && { effective }),
      traffic,
      scoring,
      left_out: survey.invalid.length,
      judges,
      fits: fits.result(),
      apps: new Map([...traffic.appNames, ...named]),
    };
  } finally {
    release();
  }
}

/** The reader of YAML takes as long to load as all the rest of this command. */
async function loadLazily(config: string | undefined) {
  const { loadConfig } = await import('../config/config.ts');
  return loadConfig(config);
}

async function* requestsOf(survey: Survey): AsyncGenerator<WorkloadRequest> {
  for await (const piece of rereadWorkload(survey)) yield* piece;
}
