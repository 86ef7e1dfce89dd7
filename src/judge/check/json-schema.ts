import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { ExpectationOf } from '../../workload/expectation.ts';
import type { AnswerText } from './verdict.ts';

/** A compiled schema, or why it cannot be. */
type Compiled = ValidateFunction | string;

/** Compiling a schema costs a thousand validations; workloads repeat few of them. */
const compiled = new Map<string, Compiled>();
const mostKept = 1_000;

/** Made at the first use, as it compiles the schema of schemas, which takes some 40 ms. */
let shared: Ajv2020 | undefined;

/**
 * The answer fits the JSON Schema. The whole answer must be JSON: a program that reads it would stop
 * at a code fence too.
 */
export function checkJsonSchema(
  { json_schema: schema }: ExpectationOf<'json_schema'>,
  { answer }: AnswerText,
): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return 'the answer is not JSON';
  }
  const validate = findValidator(schema);
  if (typeof validate === 'string') return validate;
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  return `${first?.instancePath || 'the answer'} ${first?.message}`;
}

function findValidator(schema: object): Compiled {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = compile(schema);
  const [oldest] = compiled.keys();
  if (compiled.size === mostKept && oldest !== undefined) compiled.delete(oldest);
  compiled.set(key, made);
  return made;
}

function compile(schema: object): Compiled {
  shared ??= createAjv();
  try {
    return shared.compile(schema);
  } catch (error) {
    return `the schema itself cannot be read (${(error as Error).message})`;
  } finally {
    // It would keep every schema it ever saw.
    shared.removeSchema(schema);
  }
}

function createAjv(): Ajv2020 {
  // Two workload lines may use one $id for different schemas.
  const ajv = new Ajv2020({ strict: false, addUsedSchema: false });
  formats.default(ajv);
  return ajv;
}
