import { isDeepStrictEqual } from 'node:util';
import type { Expectation } from '../../workload/request.ts';
import { jsonSchemaFault } from './json-schema.ts';
import { parsedOrText } from './tool-calls.ts';
import type { AnswerText } from './verdict.ts';

/** What the deterministic checks of one request say of one answer. */
export interface CheckResult {
  /** 1 where every check passes, else 0. */
  readonly quality: 0 | 1;
  /** Names of the checks, e.g. `choice`. */
  readonly by: string;
  readonly why?: string;
}

/**
 * Runs the deterministic checks of a request. Undefined where there is none: then it is for a judge
 * to say.
 */
export function checkAnswer(
  expect: readonly Expectation[],
  answer: AnswerText,
): CheckResult | undefined {
  const results = expect.flatMap((expectation) => {
    const name = nameOf(expectation);
    const fault = faultOf(expectation, answer);
    return fault === 'not-deterministic' ? [] : [{ name, fault }];
  });
  if (results.length === 0) return undefined;
  const by = results.map(({ name }) => name).join('+');
  const failed = results.find(({ fault }) => fault !== undefined);
  if (!failed) return { quality: 1, by };
  return { quality: 0, by, why: `${failed.name}: ${failed.fault}` };
}

const names = [
  'exact',
  'contains',
  'regex',
  'number',
  'choice',
  'json_schema',
  'tool_call',
  'check',
  'rubric',
  'reference',
] as const;

function nameOf(expectation: Expectation): (typeof names)[number] {
  return names.find((name) => name in expectation) ?? 'check';
}

/** Why the answer is wrong, in words; undefined where it is right. */
function faultOf(expectation: Expectation, given: AnswerText): string | undefined {
  const text = given.answer;
  if ('exact' in expectation) {
    return text.trim() === expectation.exact.trim() ? undefined : 'the text differs';
  }
  if ('contains' in expectation) {
    const missing = [expectation.contains].flat().find((part) => !text.includes(part));
    return missing === undefined ? undefined : `"${missing}" is missing`;
  }
  if ('regex' in expectation) {
    // The g and y flags would carry state from one answer to the next.
    const flags = (expectation.flags ?? '').replaceAll(/[gy]/g, '');
    const found = new RegExp(expectation.regex, flags).test(text);
    return found ? undefined : 'no match';
  }
  if ('number' in expectation) return numberFault(expectation, text);
  if ('choice' in expectation) {
    const chosen = firstChoice(expectation.of, text);
    if (chosen === expectation.choice) return undefined;
    return chosen === undefined ? 'none of the choices is there' : `chose "${chosen}"`;
  }
  if ('json_schema' in expectation) return jsonSchemaFault(expectation.json_schema, text);
  if ('tool_call' in expectation) return toolCallFault(expectation.tool_call, given);
  return 'not-deterministic';
}

function numberFault(
  { number, tolerance }: { number: number; tolerance?: number },
  text: string,
): string | undefined {
  const last = lastNumber(text);
  if (last === undefined) return 'there is no number';
  // Decimal fractions are not exact in binary: 0.1 + 0.2 must pass for 0.3.
  const allowed = (tolerance ?? 0) + 1e-9 * Math.max(1, Math.abs(number));
  return Math.abs(last - number) <= allowed ? undefined : `the last number is ${last}`;
}

/** The last number of a text: `1,234.5`, `-7`, `$18.00`, `6e3`; thousands separators removed. */
export function lastNumber(text: string): number | undefined {
  const found = text.match(
    /(?<![\w.])[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|(?<![\w.])[-−]?\.\d+/gi,
  );
  const last = found?.at(-1)?.replaceAll(',', '').replace('−', '-');
  return last === undefined ? undefined : Number(last);
}

/**
 * The member of `of` that stands alone first in the text: no letter or digit touches it. As it is
 * written; where none is found so, in any case ("Up" for "up").
 */
export function firstChoice(of: readonly string[], text: string): string | undefined {
  return firstAlone(of, text, 'u') ?? firstAlone(of, text, 'iu');
}

function firstAlone(of: readonly string[], text: string, flags: string): string | undefined {
  const places = of.flatMap((member) => {
    const quoted = member.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    const found = new RegExp(`(?<![\\p{L}\\p{N}])${quoted}(?![\\p{L}\\p{N}])`, flags).exec(text);
    return found ? [{ member, at: found.index }] : [];
  });
  // Of two that begin at one place the longer is meant: "not sure" before "not".
  const ranked = places.sort((a, b) => a.at - b.at || b.member.length - a.member.length);
  return ranked[0]?.member;
}

function toolCallFault(
  wanted: { name: string; arguments?: unknown },
  { tool_calls = [] }: AnswerText,
): string | undefined {
  const named = tool_calls.filter((call) => call.name === wanted.name);
  if (named.length === 0) return `"${wanted.name}" was not called`;
  if (wanted.arguments === undefined) return undefined;
  const right = named.some((call) =>
    isDeepStrictEqual(parsedOrText(call.arguments), wanted.arguments),
  );
  return right ? undefined : `"${wanted.name}" was called with other arguments`;
}
