import { z } from 'zod';
import { checkConfigSchema } from '../../judge/check/command.ts';
import { type MeasureName, measures } from '../../judge/check/measures.ts';
import {
  finishReasonsSchema,
  limitsSchema,
  targetConfigSchema,
  timeoutsSchema,
} from '../../provider/target/target-config.ts';
import { widestReadingLimits } from '../../workload/limits.ts';
import { checkReferences } from './references.ts';

/** arb.yaml as it may be written. Sections are optional; unknown keys are errors. */
const share = z.number().min(0).max(1);
const conditions = z.record(z.string(), z.array(z.string()));

const load = z.strictObject({
  mode: z
    .enum(['closed', 'constant', 'poisson', 'recorded'])
    .default('closed')
    .describe(
      'How requests arrive: closed = a fixed number in flight; constant and poisson = at a rate; recorded = as in the log.',
    ),
  concurrency: z
    .int()
    .min(1)
    .optional()
    .describe('Requests in flight per target, in closed mode (default: 8).'),
  max_in_flight: z
    .int()
    .min(1)
    .optional()
    .describe('Requests in flight over all targets together.'),
  rate: z
    .number()
    .positive()
    .optional()
    .describe('Requests per second and target, for constant and poisson.'),
  speed: z
    .number()
    .positive()
    .default(1)
    .describe(
      'How many times as fast recorded arrivals are replayed: 60 replays an hour in a minute.',
    ),
  ramp_ms: z
    .number()
    .min(0)
    .optional()
    .describe('Time in ms in which the load rises to its full size (default: 0).'),
  warmup_ms: z
    .number()
    .min(0)
    .optional()
    .describe('Requests sent in the first so many ms are left out of the figures (default: 0).'),
  spare_share: share
    .optional()
    .describe("Share of a provider's rate limit, 0 to 1, that arb leaves unused."),
});

const quality = z.strictObject({
  baseline: z
    .string()
    .optional()
    .describe(
      "What candidates are compared with: recorded (the log's own answers), a target, or a policy file (default: the best single target).",
    ),
  floor: z
    .union([z.string(), z.number()])
    .optional()
    .describe(
      'The quality a policy must keep: baseline-0.02 or best-0.02 (a paired margin), or an absolute number such as 0.9 (default: best-0.02).',
    ),
  per_task: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .default({})
    .describe('A floor of its own by task, in the same forms: {legal: baseline-0.01}.'),
  judges: z
    .array(z.string())
    .default([])
    .describe('Names of targets with role: judge that judge what no check can.'),
  measure: z
    .enum(Object.keys(measures) as [MeasureName, ...MeasureName[]])
    .optional()
    .describe('A text measure against the reference instead of a judge.'),
});

const slo = z.strictObject({
  metric: z
    .enum(['ttft_ms', 'latency_ms'])
    .describe(
      'What is limited: ttft_ms (time to the first token) or latency_ms (time to the last).',
    ),
  at_most: z.number().positive().describe('The limit in ms.'),
  share: share.describe('Share of the requests, 0 to 1, that must keep it: 0.99 limits the p99.'),
  when: conditions
    .optional()
    .describe('Requests that it concerns, as feature: values, e.g. {task: [chat]} (default: all).'),
});

const constraints = z.strictObject({
  slo: z.array(slo).default([]).describe('Service-level objectives that a policy must keep.'),
  residency: z
    .array(
      z.strictObject({
        when: conditions.describe('Requests that it concerns, as feature: values.'),
        regions: z.array(z.string()).min(1).describe('Regions that may serve them.'),
      }),
    )
    .default([])
    .describe('Requests that may only be served from certain regions.'),
});

/** A target, or requests with a target of theirs. */
const route = z.union([
  z.string(),
  z.strictObject({
    when: conditions.describe(
      'Requests that it concerns, as feature: values, e.g. {task: [legal]}.',
    ),
    use: z.string().describe('The target.'),
  }),
]);

const policy = z.strictObject({
  by: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'Features that rules may split on, e.g. [task, input_tokens] (default: [task, input_tokens]).',
    ),
  pin: z
    .array(route)
    .optional()
    .describe(
      'What stays, whatever is cheapest: {when: {task: [legal]}, use: sonnet} sends these requests to sonnet, and a bare target keeps at least one rule.',
    ),
  forbid: z
    .array(route)
    .optional()
    .describe(
      'What no policy may do: a bare target is in no rule and no fallback, and {when: {task: [legal]}, use: mini} never sends these requests to mini.',
    ),
  max_rules: z.int().min(1).optional().describe('The most rules a policy may have.'),
  max_thresholds: z.int().min(0).optional().describe('The most token thresholds in a cell.'),
  max_targets: z.int().min(1).optional().describe('The most different targets a policy may use.'),
  split_salt: z
    .string()
    .optional()
    .describe('Decides which requests choose a policy and which certify it (default: arb).'),
  arm_salt: z
    .string()
    .min(1)
    .optional()
    .describe('Draws the sessions that follow a policy where only a share may (default: arm).'),
  arm_loss: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'The most quality that such a share may lose by itself (default: 0.1, or twice the margin).',
    ),
  sticky: z
    .literal('session')
    .optional()
    .describe('session: all requests of a session go where its first one goes.'),
});

const rise = (what: string, usual: string) =>
  z.number().min(0).optional().describe(`${what} (default: ${usual}).`);

const gate = z.strictObject({
  error: z
    .number()
    .positive()
    .max(0.5)
    .optional()
    .describe('Share of false alarms over all nights together, 0 to 0.5 (default: 0.05).'),
  nights: z
    .int()
    .min(1)
    .optional()
    .describe('Nights over which that error is spent, in equal parts (default: 30).'),
  cost_increase: rise('Rise of the cost per request that is allowed, as a share', '0.1'),
  quality_drop: rise('Loss of quality that is allowed, as a share of 1', '0.005'),
  p99_increase: rise('Rise of the p99 of TTFT and latency that is allowed, as a share', '0.25'),
  failure_increase: rise('Rise of the share of failed requests that is allowed', '0.01'),
  price_increase: rise('Rise of a price per million tokens that is allowed, as a share', '0.05'),
  served_model: z
    .enum(['fail', 'note'])
    .optional()
    .describe('What another served model under the same name means (default: fail).'),
});

/** A line break in a name would make lines of its own in logs, of which some mean something to a CI. */
const targetName = z
  .string()
  .min(1)
  .regex(/^[^\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$/u, 'has control characters');

/** Of reading, and of the time that is taken for an answer; those of providers are with the targets. */
const readingLimits = z.strictObject({
  workload_line_mb: z
    .number()
    .positive()
    .max(widestReadingLimits.lineCharacters / 2 ** 20)
    .optional()
    .describe('The longest line of a workload in MB (2^20 characters; default: 64).'),
  workload_depth: z
    .int()
    .min(1)
    .max(widestReadingLimits.depth)
    .optional()
    .describe('How deep a line of a workload may be nested (default: 64).'),
  check_ms: z
    .number()
    .positive()
    .max(600_000)
    .optional()
    .describe(
      'Time that one regular expression or schema may take for one text, in ms (default: 1000).',
    ),
});

/** arb.yaml by itself: what its names stand for is not looked up, as it was when a run was made. */
export const configSections = z.strictObject({
  defaults: z
    .strictObject({
      retries: z
        .strictObject({
          max: z
            .int()
            .min(0)
            .optional()
            .describe('The most repetitions of a failed attempt (default: 2).'),
        })
        .default({})
        .describe('How often a failed attempt is repeated.'),
      timeouts: timeoutsSchema
        .optional()
        .describe('Time limits of every target that sets none of its own.'),
      limits: limitsSchema.optional().describe('Limits of every target that sets none of its own.'),
    })
    .default({ retries: {} })
    .describe('What holds for every target that does not say it itself.'),
  targets: z
    .record(targetName, targetConfigSchema)
    .describe('What is measured: a model by a route with parameters, under a name of your choice.'),
  finish_reasons: finishReasonsSchema
    .optional()
    .describe('Finish reasons that arb does not know and that are a success: {ran_dry: ok}.'),
  limits: readingLimits
    .optional()
    .describe('What is read of a workload, and how long a check may take.'),
  load: load.default({ mode: 'closed', speed: 1 }).describe('How requests are sent.'),
  budget: z
    .strictObject({
      max_usd: z
        .number()
        .positive()
        .optional()
        .describe(
          'Hard cap on everything that is sent, in USD; the worst case of a request is reserved before it is sent.',
        ),
      judging_usd: z.number().positive().optional().describe('Hard cap on judging alone, in USD.'),
      per_target_usd: z
        .record(z.string(), z.number().positive())
        .default({})
        .describe('Hard caps by target, in USD.'),
    })
    .default({ per_target_usd: {} })
    .describe('What may be spent.'),
  quality: quality
    .default({ per_task: {}, judges: [] })
    .describe('What a good answer is, and how much of it a policy must keep.'),
  constraints: constraints
    .default({ slo: [], residency: [] })
    .describe('What a policy must keep beside quality.'),
  policy: policy.default({}).describe('The class of policies that is searched.'),
  gate: gate.default({}).describe('What arb gate holds a new run to.'),
  checks: z
    .record(z.string(), checkConfigSchema)
    .default({})
    .describe(
      'Checks that are programs, by the name that a workload uses; run only with --allow-commands.',
    ),
  apps: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Names under which arb inspect shows groups that were found by prompt template and tools: {support: app-1a2b3c4d}.',
    ),
  redact: z
    .strictObject({
      patterns: z
        .record(
          z
            .string()
            .regex(
              /^[a-z][\w-]*$/,
              'is no name: it begins with a small letter, then letters, digits, _ or -',
            ),
          z.string(),
        )
        .default({})
        .describe(
          'What to redact besides, as regular expressions by name: {customer: "C-[0-9]{6}"}.',
        ),
      command: z
        .tuple([z.string().min(1)], z.string())
        .optional()
        .describe(
          'A program that finds further values; run only with --allow-commands. It reads a line {"texts": [...]} for each request and answers with a line {"found": [{"kind": "name", "text": "Ann"}]}.',
        ),
    })
    .default({ patterns: {} })
    .describe('What arb import --redact and arb sample --redact take out besides what arb knows.'),
  vantage: z
    .string()
    .optional()
    .describe('Where the measuring is done from, e.g. prod-eu-1; part of the evidence.'),
  extensions: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('For other tools; arb keeps it and reads nothing in it.'),
});

export const configSchema = configSections.superRefine(checkReferences);

export type Config = z.infer<typeof configSchema>;
