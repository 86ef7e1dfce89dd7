import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** Compiling a schema costs a thousand validations; workloads repeat few of them. */
const compiled = new Map<string, ValidateFunction | string>();

/**
 * Why an answer does not fit a JSON Schema; undefined where it does. The whole answer must be JSON:
 * a program that reads it would stop at a code fence too.
 */
export function jsonSchemaFault(schema: unknown, answer: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return 'the answer is not JSON';
  }
  const validate = validatorOf(schema);
  if (typeof validate === 'string') return validate;
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  return `${first?.instancePath || 'the answer'} ${first?.message}`;
}

function validatorOf(schema: unknown): ValidateFunction | string {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = compile(schema);
  compiled.set(key, made);
  return made;
}

function compile(schema: unknown): ValidateFunction | string {
  // A new instance each: two workload lines may use one $id for different schemas.
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  try {
    return ajv.compile(schema as object);
  } catch (error) {
    return `the schema itself cannot be read (${(error as Error).message})`;
  }
}
