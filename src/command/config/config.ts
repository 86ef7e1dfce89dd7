import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { type CheckCommand, checkCommands, checkConfigSchema } from '../../judge/check/command.ts';
import { type MeasureName, measures } from '../../judge/check/measures.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import { parseYaml } from '../../policy/yaml.ts';
import { knownContext } from '../../price/price-sheet.ts';
import { resolveTarget } from '../../provider/target/resolve-target.ts';
import type { Target } from '../../provider/target/target.ts';
import {
  limitsSchema,
  targetConfigSchema,
  timeoutsSchema,
} from '../../provider/target/target-config.ts';
import type { Load, ReplayOptions } from '../../replay/load/plan.ts';
import { type Ms, ms } from '../../units.ts';
import { readInput } from './input.ts';

/** arb.yaml as it may be written. Sections are optional; unknown keys are errors. */
const share = z.number().min(0).max(1);
const conditions = z.record(z.string(), z.array(z.string()));

const load = z.strictObject({
  mode: z.enum(['closed', 'constant', 'poisson', 'recorded']).default('closed'),
  concurrency: z.int().min(1).optional(),
  max_in_flight: z.int().min(1).optional(),
  /** Requests per second and target, for constant and poisson. */
  rate: z.number().positive().optional(),
  /** For recorded arrivals: 60 replays an hour in a minute. */
  speed: z.number().positive().default(1),
  ramp_ms: z.number().min(0).optional(),
  warmup_ms: z.number().min(0).optional(),
  spare_share: share.optional(),
});

const quality = z.strictObject({
  baseline: z.string().optional(),
  floor: z.union([z.string(), z.number()]).optional(),
  per_task: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  judges: z.array(z.string()).default([]),
  /** A text measure against the reference instead of a judge. */
  measure: z.enum(Object.keys(measures) as [MeasureName, ...MeasureName[]]).optional(),
});

const slo = z.strictObject({
  metric: z.enum(['ttft_ms', 'latency_ms']),
  at_most: z.number().positive(),
  share: share,
  when: conditions.optional(),
});

const constraints = z.strictObject({
  slo: z.array(slo).default([]),
  residency: z
    .array(z.strictObject({ when: conditions, regions: z.array(z.string()).min(1) }))
    .default([]),
});

const policy = z.strictObject({
  by: z.array(z.string()).min(1).optional(),
  max_rules: z.int().min(1).optional(),
  max_thresholds: z.int().min(0).optional(),
  max_targets: z.int().min(1).optional(),
  sticky: z.literal('session').optional(),
});

export const configSchema = z.strictObject({
  defaults: z
    .strictObject({
      retries: z.strictObject({ max: z.int().min(0).optional() }).default({}),
      timeouts: timeoutsSchema.optional(),
      limits: limitsSchema.optional(),
    })
    .default({ retries: {} }),
  targets: z.record(z.string().min(1), targetConfigSchema),
  load: load.default({ mode: 'closed', speed: 1 }),
  budget: z
    .strictObject({
      max_usd: z.number().positive().optional(),
      judging_usd: z.number().positive().optional(),
      per_target_usd: z.record(z.string(), z.number().positive()).default({}),
    })
    .default({ per_target_usd: {} }),
  quality: quality.default({ per_task: {}, judges: [] }),
  constraints: constraints.default({ slo: [], residency: [] }),
  policy: policy.default({}),
  /** Checks that are programs, by the name a workload says; run only with --allow-commands. */
  checks: z.record(z.string(), checkConfigSchema).default({}),
  /** Names for groups that arb found by their prompt template: `support: app-1a2b3c4d`. */
  apps: z.record(z.string(), z.string()).default({}),
  /** Where the measuring is done from, e.g. `prod-eu-1`; part of the evidence. */
  vantage: z.string().optional(),
  extensions: z.record(z.string(), z.unknown()).default({}),
});

export type Config = z.infer<typeof configSchema>;

/** arb.yaml, read and resolved. */
export interface LoadedConfig {
  readonly file: string;
  readonly config: Config;
  readonly targets: readonly Target[];
}

/** Where a configuration is looked for when none is named. */
const DEFAULT_CONFIG = 'arb.yaml';

/** Reads arb.yaml. @throws UsageError with line and next step. */
export function loadConfig(file: string | undefined): LoadedConfig {
  const path = file ?? DEFAULT_CONFIG;
  if (file === undefined && !existsSync(path)) {
    throw new UsageError(
      `${path}: there is none here. Run "arb init" to write one, or name yours with --config.`,
    );
  }
  return resolved(parseYaml(configSchema, readInput(path), path), path);
}

/** The configuration that a run was made with. */
export function configOfRun(config: unknown, file: string): LoadedConfig {
  return resolved(parseInput(configSchema, config, file), file);
}

function resolved(config: Config, path: string): LoadedConfig {
  const targets = Object.entries(config.targets).map(([name, target]) =>
    withContext(inFile(path, () => resolveTarget(name, target, config.defaults))),
  );
  if (RECORDED in config.targets) {
    throw new UsageError(
      `${path}: targets.${RECORDED}: the name stands for the log's own answers. Choose another.`,
    );
  }
  if (targets.length === 0) {
    throw new UsageError(`${path}: targets: none given. Name at least one model by a route.`);
  }
  return { file: path, config, targets };
}

/** The context window is the catalogue's where arb.yaml says none. */
function withContext(target: Target): Target {
  const contextTokens = target.contextTokens ?? knownContext(target);
  return contextTokens === undefined ? target : { ...target, contextTokens };
}

/** Says of a fault in which file it is. */
function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${file}: ${error.message}`, { cause: error });
  }
}

/** What the command line says of the load; it wins over arb.yaml. */
export interface LoadFlags {
  readonly load?: Config['load']['mode'];
  readonly rate?: number;
  readonly speed?: number;
  readonly concurrency?: number;
  readonly maxInFlight?: number;
  readonly ramp?: number;
  readonly warmup?: number;
  readonly duration?: number;
  readonly deadline?: number;
  readonly cycle?: true;
  readonly ownHistory?: true;
  readonly promptCache?: Load['promptCache'];
  readonly findLimit?: true;
}

/** The load in the replay's terms. @throws UsageError where arrivals lack their rate. */
export function loadOptions({ load }: Config, flags: LoadFlags, file: string): Partial<Load> {
  const mode = flags.load ?? (flags.rate === undefined ? load.mode : 'poisson');
  const rate = flags.rate ?? load.rate;
  const given = {
    concurrency: flags.concurrency ?? load.concurrency,
    maxInFlight: flags.maxInFlight ?? load.max_in_flight,
    ramp: asMs(flags.ramp ?? load.ramp_ms),
    warmup: asMs(flags.warmup ?? load.warmup_ms),
    duration: asMs(flags.duration),
    deadline: asMs(flags.deadline),
    spareShare: load.spare_share,
    rounds: flags.cycle && ('repeat' as const),
    history: flags.ownHistory && ('own' as const),
    promptCache: flags.promptCache,
    findLimit: flags.findLimit,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  const options: Partial<Load> = Object.fromEntries(present);
  if (mode === 'closed') return options;
  if (mode === 'recorded') {
    return { ...options, arrivals: { mode, speed: flags.speed ?? load.speed } };
  }
  if (rate === undefined) {
    throw new UsageError(
      `${file}: load.rate: ${mode} arrivals need requests per second, e.g. rate: 5 or --rate 5.`,
    );
  }
  return { ...options, arrivals: { mode, perSecond: rate } };
}

function asMs(value: number | undefined): Ms | undefined {
  return value === undefined ? undefined : ms(value);
}

/** The retries section in the replay's terms. */
export function retryOptions({ defaults }: Config): NonNullable<ReplayOptions['retries']> {
  return defaults.retries.max === undefined ? {} : { max: defaults.retries.max };
}

/** The checks that are programs, run in the folder of arb.yaml. */
export function commandsOf({ config, file }: LoadedConfig): Record<string, CheckCommand> {
  return checkCommands(config.checks, dirname(resolve(file)));
}

/**
 * The values of the key variables of `targets`.
 *
 * @throws UsageError naming the variables that are not set.
 */
export function keysOf(
  targets: readonly Target[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const { name, apiKeyEnv } of targets) {
    if (apiKeyEnv === undefined) continue;
    const value = env[apiKeyEnv];
    if (value === undefined || value === '') {
      throw new UsageError(
        `targets.${name}: the variable ${apiKeyEnv} is not set. Export it, or remove the target.`,
      );
    }
    keys[apiKeyEnv] = value;
  }
  return keys;
}
