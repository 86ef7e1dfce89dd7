import { filler } from './filler.ts';
import type { AnswerKey, SimulatedCheck } from './question.ts';
import type { Draws } from './random.ts';
import { createSchemaValue } from './schema-value.ts';

/** What a simulated model says: text, or a call of a tool. */
export interface SimulatedAnswer {
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
}

/** How long the answer should be, and the draws that choose its words. */
export interface Style {
  readonly tokens: number;
  readonly draws: Draws;
}

const text = (words: string): SimulatedAnswer => ({ text: words, toolCalls: [] });

/** An answer that passes every check of the question, about as long as asked. */
export function rightAnswer(question: AnswerKey, style: Style): SimulatedAnswer {
  const called = find(question, (check) => check.tool_call);
  if (called) {
    const { name, arguments: given } = called;
    return { text: '', toolCalls: [{ name, arguments: JSON.stringify(given ?? {}) }] };
  }
  const exact = find(question, (check) => check.exact);
  if (exact !== undefined) return text(exact);
  const schema = find(question, (check) => check.json_schema);
  if (schema !== undefined) return text(jsonFor(question, schema));
  const pattern = find(question, (check) => (check.regex === undefined ? undefined : check));
  if (pattern) return text(matching(question, pattern, style));

  const choice = find(question, (check) => check.choice);
  const wanted = question.expect.flatMap(containedIn);
  const number = find(question, (check) => check.number);
  const reference = find(question, (check) => check.reference);
  const kept = question.expect.length === 0 ? question.recorded : reference;
  const ending = isUnsaid(question) ? closing(question, 'right') : '';
  const needed = [
    choice,
    kept,
    wanted.join(', '),
    number === undefined ? '' : `It is ${number}`,
    ending,
  ];
  const fixed = needed.filter((part) => part !== undefined && part !== '').join('\n');
  const padding = filler(style.draws, style.tokens - Math.ceil(fixed.length / 4), []);
  return text(joined([choice, kept, padding, wanted.join(', '), numbered(number), ending]));
}

/** The workload says of no answer whether it is right. */
export const isUnsaid = ({ expect, recorded, id }: AnswerKey) =>
  id !== '' && expect.length === 0 && recorded === undefined;

/**
 * What an answer ends on where the workload does not say what is right, so that a simulated judge can
 * tell it from a wrong one, from another request's and from one that is cut short.
 */
export function closing({ hash }: AnswerKey, is: 'right' | 'wrong'): string {
  const state = is === 'right' ? 'complete' : 'incomplete';
  return `The answer to request ${hash.slice(0, 8)} is ${state}.`;
}

/** An answer that reads like one and fails every check of the question. */
export function wrongAnswer(question: AnswerKey, style: Style): SimulatedAnswer {
  const schema = find(question, (check) => check.json_schema);
  if (schema !== undefined) return text(incomplete(schema, rightAnswer(question, style).text));
  const choice = find(question, (check) => (check.choice === undefined ? undefined : check));
  const others = (choice?.of ?? []).filter((member) => member !== choice?.choice);
  const other = others[Math.floor(style.draws.uniform() * others.length)];
  const number = find(question, (check) => check.number);
  const tolerance = find(question, (check) => check.tolerance) ?? 0;
  // Half as much again and more than the tolerance away, and a whole number where the right one is.
  const miss =
    number === undefined ? undefined : number + Math.ceil(Math.abs(number) / 2 + 2 * tolerance + 1);
  const avoid = question.expect.flatMap((check) => [
    ...containedIn(check),
    ...(check.exact ? [check.exact] : []),
    ...(check.choice && other === undefined ? [check.choice] : []),
  ]);
  const padded = joined([
    other,
    filler(style.draws, Math.max(style.tokens, 8), avoid),
    numbered(miss),
    isUnsaid(question) ? closing(question, 'wrong') : undefined,
  ]);
  const matches = question.expect.some(
    ({ regex, flags }) => regex !== undefined && new RegExp(regex, flags).test(padded),
  );
  return text(matches ? '-' : padded);
}

const joined = (parts: readonly (string | undefined)[]) =>
  parts.filter((part) => part !== undefined && part !== '').join('\n');

const numbered = (value: number | undefined) =>
  value === undefined ? undefined : `It is ${value}`;

function find<T>(
  question: AnswerKey,
  pick: (check: SimulatedCheck) => T | undefined,
): T | undefined {
  return question.expect.map(pick).find((found) => found !== undefined);
}

function containedIn(check: SimulatedCheck): readonly string[] {
  if (check.contains === undefined) return [];
  return typeof check.contains === 'string' ? [check.contains] : check.contains;
}

/** An instance made for the schema; the recorded one where a pattern asks for more than that. */
function jsonFor(question: AnswerKey, schema: unknown): string {
  const made = JSON.stringify(createSchemaValue(schema));
  if (!JSON.stringify(schema).includes('"pattern"')) return made;
  try {
    return JSON.stringify(JSON.parse(question.recorded ?? ''));
  } catch {
    return made;
  }
}

/**
 * The pattern read as plain text, with or without prose after it, else the recorded answer; a
 * pattern beyond all three gets an empty answer.
 */
function matching(question: AnswerKey, { regex, flags }: SimulatedCheck, style: Style): string {
  const pattern = new RegExp(regex ?? '', flags);
  const plain = (regex ?? '').replace(/\\b|[\^$]/g, '').replace(/\\(.)/g, '$1');
  const padded = joined([plain, filler(style.draws, style.tokens - plain.length / 4, [])]);
  const candidates = [padded, plain, question.recorded ?? ''];
  return candidates.find((candidate) => pattern.test(candidate)) ?? '';
}

/** JSON without the first required member, or no JSON at all where nothing is required. */
function incomplete(schema: unknown, right: string): string {
  const required = (schema as { required?: unknown } | null)?.required;
  const member = Array.isArray(required) ? required[0] : undefined;
  if (member === undefined) return 'The fields could not be found in the text.';
  const value = JSON.parse(right) as Record<string, unknown>;
  delete value[String(member)];
  return JSON.stringify(value);
}
