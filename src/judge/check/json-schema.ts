import type { ExpectationOf } from '../../workload/expectation.ts';
import { findSchemaFault } from '../../workload/json-schema.ts';
import type { AnswerText } from './verdict.ts';

/**
 * The answer fits the JSON Schema. The whole answer must be JSON: a program that reads it would stop
 * at a code fence too.
 */
export function checkJsonSchema(
  { json_schema: schema }: ExpectationOf<'json_schema'>,
  { answer }: AnswerText,
  mostMs: number,
): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return 'the answer is not JSON';
  }
  return findSchemaFault(schema, value, mostMs);
}
