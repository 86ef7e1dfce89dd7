import { z } from 'zod';
import type { ChatBody } from '../../workload/request.ts';
import type { AnswerComparison, Order } from './comparison.ts';
/** What one call of a judge came to. */
export type Reading =
  /** The score of the candidate, whichever place it had: pairwise 0, .5 or 1; rubric 0 to 1. */
  | { readonly state: 'read'; readonly score: number; readonly reason?: string }
  /** The judge replied, twice, with what is no verdict. */
  | { readonly state: 'unreadable'; readonly why: string }
  /** No reply came. */
  | { readonly state: 'failed'; readonly why: string };

const choice = z.object({
  winner: z.preprocess(lowerCase, z.enum(['first', 'second', 'tie'])),
  reason: z.string().nullish(),
});
const grade = z.object({
  score: z.preprocess(numeral, z.int().min(1).max(5)),
  reason: z.string().nullish(),
});

/**
 * Reads a reply. The whole of it must be the JSON object, a code fence around it aside: a verdict
 * searched for in running text could be one that the judge quotes from an answer.
 */
export function readReply(text: string, comparison: AnswerComparison, order: Order): Reading {
  const value = parseJson(text);
  if (value === undefined) return { state: 'unreadable', why: 'the reply is not one JSON object' };
  return comparison.kind === 'rubric' ? readGrade(value) : readChoice(value, order);
}

function readChoice(value: unknown, order: Order): Reading {
  const parsed = choice.safeParse(value);
  if (!parsed.success) return { state: 'unreadable', why: 'it has no "winner" that can be read' };
  const { winner, reason } = parsed.data;
  const candidate = order === 'candidate-first' ? 'first' : 'second';
  const score = winner === 'tie' ? 0.5 : winner === candidate ? 1 : 0;
  return { state: 'read', score, ...(reason != null && { reason }) };
}

function readGrade(value: unknown): Reading {
  const parsed = grade.safeParse(value);
  if (!parsed.success) return { state: 'unreadable', why: 'it has no "score" from 1 to 5' };
  const { score, reason } = parsed.data;
  return { state: 'read', score: (score - 1) / 4, ...(reason != null && { reason }) };
}

function parseJson(text: string): unknown {
  const bare = text.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/, '$1');
  try {
    return JSON.parse(bare);
  } catch {
    return undefined;
  }
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

/** Some models write "4" for 4. */
function numeral(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[1-5]\s*$/.test(value) ? Number(value) : value;
}

/** Enough of a bad reply for the judge to see what it did. */
const longestEcho = 4_000;

/** Asks once more after a reply that could not be read. */
export function repairBody(body: ChatBody, reply: string, why: string): ChatBody {
  const echo = reply.trim().slice(0, longestEcho);
  const again = `That could not be read: ${why}. Reply with the JSON object alone, as described at the beginning: no other text, no code fence.`;
  return {
    ...body,
    messages: [
      ...body.messages,
      ...(echo === '' ? [] : [{ role: 'assistant', content: echo.toWellFormed() }]),
      { role: 'user', content: again },
    ],
  };
}
