import { z } from 'zod';

/**
 * The routing policy, `routes.yaml`: an ordered list of rules, the first that matches decides, the
 * last one has no `when`. A reader refuses a condition it does not know; `extensions` passes
 * whatever it holds.
 */
const tokenRange = z
  .strictObject({
    gte: z.int().min(0).optional().describe('At least so many.'),
    lt: z.int().min(1).optional().describe('Fewer than so many.'),
  })
  .refine((range) => range.gte !== undefined || range.lt !== undefined, 'needs gte, lt or both')
  .refine((range) => (range.gte ?? 0) < (range.lt ?? Infinity), 'gte must be below lt');

const values = z.array(z.string()).min(1);

const known = z.object({
  task: values.optional().describe('Names of tasks, read from where features.task says.'),
  app: values.optional().describe('metadata.app, else the group that the system prompt is of.'),
  input_tokens: tokenRange
    .optional()
    .describe('UTF-8 bytes of the texts in messages, tools and response_format / 4, rounded up.'),
  turns: tokenRange.optional().describe('Messages that are not of the system.'),
  tools: z.boolean().optional().describe('Whether the request offers tools.'),
  json: z.boolean().optional().describe('Whether it asks for JSON.'),
  vision: z.boolean().optional().describe('Whether it holds an image.'),
});

/** Conditions of a rule, all of which must hold; a list holds where it has the value. */
export type When = z.infer<typeof known> & { readonly [key: `metadata.${string}`]: string[] };

const isMetadata = (key: string) => /^metadata\.[\s\S]+$/.test(key);

// The one key with a free part, `metadata.<key>`, is beyond a plain object schema.
const when = known
  .catchall(z.unknown())
  .superRefine((conditions, context) => {
    for (const [key, value] of Object.entries(conditions)) {
      if (Object.hasOwn(known.shape, key)) continue;
      if (!isMetadata(key)) {
        context.addIssue({ code: 'unrecognized_keys', keys: [key], input: conditions });
      } else if (!values.safeParse(value).success) {
        const message = 'must be a list of texts';
        context.addIssue({ code: 'custom', path: [key], message, input: value });
      }
    }
  })
  .meta({
    additionalProperties: false,
    patternProperties: {
      '^metadata\\.[\\s\\S]+$': { type: 'array', minItems: 1, items: { type: 'string' } },
    },
  }) as unknown as z.ZodType<When, When>;

const timeouts = z.strictObject({
  first_token_ms: z.number().positive().optional().describe('Until the first token, in ms.'),
  attempt_ms: z.number().positive().optional().describe('Until the whole answer, in ms.'),
});

const split = z.strictObject({
  by: z.enum(['request', 'session']).default('request').describe('What keeps to its arm.'),
  salt: z.string().min(1).optional().meta({
    description:
      'Draws the arms: equal salts send the same sessions into the first arm in every rule, and a larger first arm keeps all that were in it. Absent = drawn anew for each policy and rule.',
  }),
  to: z
    .array(z.strictObject({ target: z.string(), weight: z.number().positive() }))
    .min(2)
    .describe('The arms; weights are shares of their sum.'),
});

const require_ = z.strictObject({
  regions: values
    .optional()
    .describe('All regions of whoever serves, fallbacks too, are among these.'),
});

const rule = z
  .strictObject({
    name: z.string().min(1).describe('Stands in logs beside each request that met it.'),
    when: when
      .optional()
      .describe('Conditions, which must all hold; absent in the last rule, which takes the rest.'),
    require: require_.optional().describe('What holds for the fallbacks too.'),
    use: z.string().optional().describe('The target that serves first.'),
    split: split.optional().describe('Several targets by share, instead of use.'),
    fallback: z
      .array(z.string())
      .default([])
      .describe('Targets in the order in which they are asked when the one before failed.'),
    timeouts: timeouts.optional().describe('After which a target counts as failed.'),
  })
  .refine((r) => (r.use === undefined) !== (r.split === undefined), 'needs either use or split');

const price = z.strictObject({
  input: z.number().min(0).describe('USD per million input tokens.'),
  output: z.number().min(0).describe('USD per million output tokens.'),
  cached_input: z.number().min(0).optional().describe('USD per million tokens read from a cache.'),
  cache_write: z.number().min(0).optional().describe('USD per million tokens put into a cache.'),
});

/** The names that an environment variable can have; hardly a key is one. */
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const isVariable = (name: string) => variableName.test(name);

/** A key itself does not pass: it has no place in a file. */
const variable = z.string().regex(variableName, 'is not the name of an environment variable');

/** A target as a gateway needs it; a bare name has none of this and cannot be exported. */
const target = z.strictObject({
  provider: z.string().optional().describe('Whom the request is sent to, as a preset of arb.'),
  maker: z.string().optional().describe('Who made the model.'),
  via: z.string().optional().describe('The route: direct, or an aggregator.'),
  model: z.string().optional().describe('The name of the model there.'),
  base_url: z.url().optional().describe('Where it was measured.'),
  api_key_env: variable.optional().describe('The variable that holds the key; never the key.'),
  regions: z.array(z.string()).optional().describe('Every region that it may be served from.'),
  context_tokens: z.int().positive().optional().describe('The longest input it takes, in tokens.'),
  price: price.optional().describe('What it was reckoned with.'),
  params: z.record(z.string(), z.unknown()).optional().describe('Set in each request.'),
});

const failure = z.enum([
  'rate-limited',
  'server-error',
  'timeout',
  'connect',
  'context-overflow',
  'cut-off',
  'malformed',
  'bad-request',
  'content-filter',
  'after-first-byte',
]);

const onFailure = z.strictObject({
  retry: z
    .strictObject({ max: z.int().min(0), on: z.array(failure) })
    .optional()
    .describe('How often the same target is asked again, and after which failures.'),
  fallback_on: z.array(failure).describe('Failures after which the next target is asked.'),
  never_on: z.array(failure).default([]).describe('Failures that the next target would repeat.'),
});

const evidence = z.looseObject({
  verdict: z
    .enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'NOT TESTED'])
    .describe('What the tests of the claim said.'),
  claim: z.string().describe('What was tested.'),
});

/** Where a value is read from, the first that has it: `header:NAME` or `metadata.KEY`. */
const sources = z.strictObject({
  from: z
    .array(
      z
        .string()
        .regex(
          /^(?:header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|metadata\.[\s\S]+)$/,
          'is not header:NAME or metadata.KEY',
        ),
    )
    .min(1),
});

const featureSources = z.strictObject({
  input_tokens: z.strictObject({ bytes_per_token: z.number().positive() }).optional(),
  task: sources.optional(),
  session: sources.optional(),
});

/**
 * `routes.yaml` as arb reads it: unknown keys are refused, the last rule takes every other request,
 * every target that a rule names is declared. Times in milliseconds, prices in USD per million
 * tokens.
 */
export const policySchema = z
  .strictObject({
    version: z.literal(1).describe('Of this format.'),
    id: z
      .string()
      .regex(
        /^(?:none|sha256-[0-9a-f]{16})$/,
        'is not none or sha256- and 16 hex digits; arb policy id FILE --write names the policy',
      )
      .describe('A hash over what decides; none = written by hand.'),
    status: z
      .enum(['certified', 'keep-current', 'uncertified'])
      .describe(
        'certified: shown to hold; keep-current: nothing better was; uncertified: not tested.',
      ),
    features: featureSources.describe('Where what rules ask for is read from.'),
    sticky: z
      .literal('session')
      .optional()
      .describe('The first decision of a session holds for all of it.'),
    targets: z.record(z.string(), target).describe('Every target that a rule names.'),
    on_failure: onFailure.optional().describe('What is done when a target fails.'),
    rules: z.array(rule).min(1).describe('The first whose conditions all hold decides.'),
    evidence: evidence.optional().describe('On what, at which floor and load it was shown.'),
    extensions: z.record(z.string(), z.unknown()).default({}).describe('For other tools; kept.'),
  })
  .superRefine((policy, context) => {
    policy.rules.forEach((r, index) => {
      const last = index === policy.rules.length - 1;
      if (last !== (r.when === undefined)) {
        const message = last
          ? 'the last rule must have no "when": it takes every other request'
          : 'only the last rule may lack "when": no rule after it would ever match';
        context.addIssue({ code: 'custom', path: ['rules', index], message, input: r });
      }
      for (const name of listTargets(r)) {
        if (Object.hasOwn(policy.targets, name)) continue;
        const message = `target "${name}" is not among targets`;
        context.addIssue({ code: 'custom', path: ['rules', index], message, input: r });
      }
    });
    const names = policy.rules.map((r) => r.name);
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (repeated) {
      const message = `two rules are named "${repeated}"; attribution needs distinct names`;
      context.addIssue({ code: 'custom', path: ['rules'], message, input: names });
    }
  });

/** A routing policy, defaults filled in. */
export type Policy = z.infer<typeof policySchema> & {
  /** The id that the file claims, where it is not that of what it decides: it was edited since. */
  readonly edited?: string;
};

/** One rule of a policy: the first whose conditions all hold decides. */
export type Rule = Policy['rules'][number];

/** A half-open range, `gte` to below `lt`. */
export type TokenRange = z.infer<typeof tokenRange>;

/** What a policy says of a target; a bare name says nothing. */
export type PolicyTarget = Policy['targets'][string];

/** A kind of failure that a policy can retry or move on at. */
export type PolicyFailure = z.infer<typeof failure>;

/** Every target a rule can send to: primaries first, then its fallback chain in order. */
export function listTargets(r: Pick<Rule, 'use' | 'split' | 'fallback'>): string[] {
  const primaries = r.use === undefined ? (r.split?.to.map((arm) => arm.target) ?? []) : [r.use];
  return [...primaries, ...r.fallback];
}
