import { z } from 'zod';
import { checkConfigSchema } from '../../judge/check/command.ts';
import { type MeasureName, measures } from '../../judge/check/measures.ts';
import {
  limitsSchema,
  targetConfigSchema,
  timeoutsSchema,
} from '../../provider/target/target-config.ts';

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
