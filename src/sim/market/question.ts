import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { UsageError, WorkloadError } from '../../errors.ts';
import { splitLines } from '../../lines.ts';
import { canonicalContent, hashCanonical } from './canonical.ts';

/** What the simulator must know of a workload line to answer it right or wrong. */
export interface AnswerKey {
  readonly id: string;
  readonly hash: string;
  readonly task?: string;
  readonly expect: readonly SimulatedCheck[];
  /** The recorded answer, which is right by assumption. */
  readonly recorded?: string;
}

/** The members of a workload's `expect` that the simulator can act on. */
export type SimulatedCheck = z.infer<typeof check>;

const check = z.looseObject({
  exact: z.string().optional(),
  contains: z.union([z.string(), z.array(z.string())]).optional(),
  regex: z.string().optional(),
  flags: z.string().optional(),
  number: z.number().optional(),
  tolerance: z.number().optional(),
  choice: z.string().optional(),
  of: z.array(z.string()).optional(),
  json_schema: z.unknown().optional(),
  tool_call: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }).optional(),
  reference: z.string().optional(),
});

const body = z.looseObject({ messages: z.array(z.unknown()).min(1) });

const line = z.looseObject({
  id: z.string().optional(),
  custom_id: z.string().optional(),
  task: z.string().nullish(),
  metadata: z.looseObject({}).nullish(),
  request: body.optional(),
  body: body.optional(),
  prompt: z.string().optional(),
  expect: z.union([check, z.array(check)]).nullish(),
  recorded: z.looseObject({ answer: z.string().nullish() }).nullish(),
});

/** The questions of a workload file, found by the hash of their messages. */
export type Questions = ReadonlyMap<string, AnswerKey>;

/** Reads a workload; two lines that ask the same must expect the same. */
export async function readQuestions(path: string): Promise<Questions> {
  const questions = new Map<string, AnswerKey>();
  for await (const { value, number } of jsonLines(path)) {
    const question = readQuestion(value, { file: path, line: number });
    if (!question) continue;
    const same = questions.get(question.hash);
    if (same && canonicalContent(same.expect) !== canonicalContent(question.expect)) {
      const what = `"${question.id}" asks the same as "${same.id}" and expects something else.`;
      throw new WorkloadError({ file: path, line: number }, `${what} Remove one of them.`);
    }
    if (!same) questions.set(question.hash, question);
  }
  return questions;
}

/** Absent for a header line. */
export function readQuestion(
  value: unknown,
  place: { file: string; line: number },
): AnswerKey | undefined {
  if (place.line === 1 && isHeader(value)) return undefined;
  const parsed = line.safeParse(value);
  if (!parsed.success) {
    const fault = parsed.error.issues[0];
    throw new WorkloadError(
      place,
      `${fault?.path.join('.') ?? ''}: ${fault?.message ?? 'invalid'}`,
    );
  }
  const { id, custom_id, request, body, prompt, expect, recorded } = parsed.data;
  // Where routes.yaml looks for it unless it says otherwise.
  const task = parsed.data.task ?? parsed.data.metadata?.task;
  const messages =
    (request ?? body)?.messages ??
    (prompt === undefined ? undefined : [{ role: 'user', content: prompt }]);
  if (!messages) {
    throw new WorkloadError(place, 'has no request. Give "request" with messages, or "prompt".');
  }
  const answer = recorded?.answer;
  return {
    id: id ?? custom_id ?? `line-${place.line}`,
    hash: hashCanonical(messages),
    ...(typeof task === 'string' && task !== '' ? { task } : {}),
    expect: Array.isArray(expect) ? expect : expect ? [expect] : [],
    ...(answer ? { recorded: answer } : {}),
  };
}

/** A first line with kind and version is about the file. */
export function isHeader(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && 'version' in value;
}

/** The rows of a JSON Lines file with their 1-based line numbers; empty lines are passed over. */
export async function* jsonLines(path: string): AsyncGenerator<{ value: unknown; number: number }> {
  let number = 0;
  try {
    for await (const lines of splitLines(createReadStream(path))) {
      for (const text of lines) {
        number += 1;
        if (text.trim() === '') continue;
        yield { value: parseLine(text, { file: path, line: number }), number };
      }
    }
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) {
      throw new UsageError(`cannot read ${path}: ${cause.message}. Check the path.`, { cause });
    }
    throw cause;
  }
}

function parseLine(text: string, place: { file: string; line: number }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WorkloadError(place, 'is not JSON. Mend the line or remove it.');
  }
}
