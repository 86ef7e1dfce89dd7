import { z } from 'zod';

/**
 * The routing policy, `routes.yaml`: an ordered list of rules, the first that matches decides, the
 * last one has no `when`. A reader refuses a condition it does not know; `extensions` passes
 * whatever it holds.
 */
const tokenRange = z
  .strictObject({ gte: z.int().min(0).optional(), lt: z.int().min(1).optional() })
  .refine((range) => range.gte !== undefined || range.lt !== undefined, 'needs gte, lt or both')
  .refine((range) => (range.gte ?? 0) < (range.lt ?? Infinity), 'gte must be below lt');

const values = z.array(z.string()).min(1);

const known = z.object({
  task: values.optional(),
  app: values.optional(),
  input_tokens: tokenRange.optional(),
  turns: tokenRange.optional(),
  tools: z.boolean().optional(),
  json: z.boolean().optional(),
  vision: z.boolean().optional(),
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
  first_token_ms: z.number().positive().optional(),
  attempt_ms: z.number().positive().optional(),
});

const split = z.strictObject({
  by: z.enum(['request', 'session']).default('request'),
  salt: z.string().min(1).optional().meta({
    description:
      'Draws the arms: equal salts send the same sessions into the first arm in every rule, and a larger first arm keeps all that were in it. Absent = drawn anew for each policy and rule.',
  }),
  to: z.array(z.strictObject({ target: z.string(), weight: z.number().positive() })).min(2),
});

const require_ = z.strictObject({ regions: values.optional() });

const rule = z
  .strictObject({
    name: z.string().min(1),
    when: when.optional(),
    require: require_.optional(),
    use: z.string().optional(),
    split: split.optional(),
    fallback: z.array(z.string()).default([]),
    timeouts: timeouts.optional(),
  })
  .refine((r) => (r.use === undefined) !== (r.split === undefined), 'needs either use or split');

const price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cached_input: z.number().min(0).optional(),
  cache_write: z.number().min(0).optional(),
});

/** The names that an environment variable can have; hardly a key is one. */
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const isVariable = (name: string) => variableName.test(name);

/** A key itself does not pass: it has no place in a file. */
const variable = z.string().regex(variableName, 'is not the name of an environment variable');

/** A target as a gateway needs it; a bare name has none of this and cannot be exported. */
const target = z.strictObject({
  provider: z.string().optional(),
  maker: z.string().optional(),
  via: z.string().optional(),
  model: z.string().optional(),
  base_url: z.url().optional(),
  api_key_env: variable.optional(),
  regions: z.array(z.string()).optional(),
  context_tokens: z.int().positive().optional(),
  price: price.optional(),
  params: z.record(z.string(), z.unknown()).optional(),
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
  retry: z.strictObject({ max: z.int().min(0), on: z.array(failure) }).optional(),
  fallback_on: z.array(failure),
  never_on: z.array(failure).default([]),
});

const evidence = z.looseObject({
  verdict: z.enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'NOT TESTED']),
  claim: z.string(),
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
    version: z.literal(1),
    id: z
      .string()
      .regex(
        /^(?:none|sha256-[0-9a-f]{16})$/,
        'is not none or sha256- and 16 hex digits; arb policy id FILE --write names the policy',
      ),
    status: z.enum(['certified', 'keep-current', 'uncertified']),
    features: featureSources,
    sticky: z.literal('session').optional(),
    targets: z.record(z.string(), target),
    on_failure: onFailure.optional(),
    rules: z.array(rule).min(1),
    evidence: evidence.optional(),
    extensions: z.record(z.string(), z.unknown()).default({}),
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
