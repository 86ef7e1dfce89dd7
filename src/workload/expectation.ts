import { z } from 'zod';
import { findUnusableSchema } from './json-schema.ts';

const regex = z
  .strictObject({ regex: z.string(), flags: z.string().optional() })
  .superRefine(({ regex: pattern, flags }, context) => {
    const why = findRegexFault(pattern, flags);
    if (why !== undefined) context.addIssue({ code: 'custom', path: ['regex'], message: why });
  });

const jsonSchema = z.record(z.string(), z.unknown()).superRefine((schema, context) => {
  const why = findUnusableSchema(schema);
  if (why !== undefined) context.addIssue({ code: 'custom', message: why });
});

/** Where the wanted answer is the one that was recorded: it says how often answers agree, not how good they are. */
const source = z.literal('recorded').optional();

/**
 * What a line's `expect` may hold: each check's name, which is a key of the object, with its other
 * fields. The keys are the names that the judge carries out; see `checks` in judge/check.
 */
export const expectations = {
  exact: z.strictObject({ exact: z.string(), source }),
  contains: z.strictObject({ contains: z.union([z.string(), z.array(z.string()).min(1)]) }),
  regex,
  number: z.strictObject({ number: z.number(), tolerance: z.number().min(0).optional(), source }),
  choice: z.strictObject({ choice: z.string(), of: z.array(z.string()).min(2), source }),
  json_schema: z.strictObject({ json_schema: jsonSchema }),
  tool_call: z.strictObject({
    tool_call: z.strictObject({
      name: z.string(),
      arguments: z.unknown().optional(),
      /** Names that the arguments have, whatever their values are. */
      argument_keys: z.array(z.string()).optional(),
    }),
    source,
  }),
  /** The name of an executable check of arb.yaml. */
  check: z.strictObject({ check: z.string() }),
  rubric: z.strictObject({ rubric: z.string() }),
  reference: z.strictObject({ reference: z.string() }),
} as const satisfies { readonly [Name in string]: z.ZodObject<Record<Name, z.ZodType>> };

export type ExpectationName = keyof typeof expectations;

/** The fields of one check: `ExpectationOf<'regex'>` is `{regex: string, flags?: string}`. */
export type ExpectationOf<Name extends ExpectationName> = Readonly<
  z.infer<(typeof expectations)[Name]>
>;

/** A deterministic check of an answer, or what a judge is told; one check per object. */
export type Expectation = { [Name in ExpectationName]: ExpectationOf<Name> }[ExpectationName];

export const expectationNames = Object.keys(expectations) as readonly ExpectationName[];

/** One member of a line's `expect`. */
export const expectationSchema = z.union(Object.values(expectations));

/** @throws Error where an object is no expectation; a workload that was read holds none such. */
export function nameOfExpectation(expectation: Expectation): ExpectationName {
  const name = expectationNames.find((known) => Object.hasOwn(expectation, known));
  if (name === undefined) throw new Error(`no such check: ${Object.keys(expectation).join(', ')}`);
  return name;
}

/** Whether it wants what was recorded. */
export const isAgreement = (expectation: Expectation): boolean =>
  'source' in expectation && expectation.source === 'recorded';

/** Why a pattern with its flags is no regular expression of JavaScript. */
function findRegexFault(pattern: string, flags = ''): string | undefined {
  try {
    new RegExp(pattern, flags);
    return undefined;
  } catch (error) {
    return `is not a valid regular expression: ${(error as Error).message}`;
  }
}
