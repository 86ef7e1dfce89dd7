import { z } from 'zod';
import { WorkloadError } from '../errors.ts';
import type { AnswerRow } from './panel/comparison.ts';

/** A line of `answers.jsonl`, whoever wrote it: other fields are passed over, null is absent. */
const schema = z.object({
  request_id: z.string().min(1),
  target: z.string().min(1),
  pass: z.int().min(1).nullish(),
  answer: z.string(),
  tool_calls: z.array(z.object({ name: z.string(), arguments: z.string() })).nullish(),
});

/** Reads a parsed line; undefined for a header. Throws `WorkloadError` with what is wrong. */
export function answerRow(
  value: unknown,
  place: { readonly file: string; readonly line: number },
): AnswerRow | undefined {
  if (place.line === 1 && isHeader(value)) return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = `${issue?.path.join('.') || 'the line'}: ${issue?.message}.`;
    throw new WorkloadError(place, `${what} An answer needs request_id, target and answer.`);
  }
  const { request_id, target, pass, answer, tool_calls } = parsed.data;
  return { request_id, target, pass: pass ?? 1, answer, ...(tool_calls && { tool_calls }) };
}

const isHeader = (value: unknown) =>
  typeof value === 'object' && value !== null && 'kind' in value && 'version' in value;
