import type { ExpectationOf } from '../../workload/expectation.ts';
import { runLimited } from '../../workload/limits.ts';
import type { AnswerText } from './verdict.ts';

/** Equal after trimming, case-sensitive. */
export function checkExact({ exact }: ExpectationOf<'exact'>, { answer }: AnswerText) {
  return answer.trim() === exact.trim() ? undefined : 'the text differs';
}

/** Every part is somewhere in the answer. */
export function checkContains({ contains }: ExpectationOf<'contains'>, { answer }: AnswerText) {
  const missing = [contains].flat().find((part) => !answer.includes(part));
  return missing === undefined ? undefined : `"${missing}" is missing`;
}

/** The pattern matches somewhere in the answer. */
export function checkRegex(wanted: ExpectationOf<'regex'>, { answer }: AnswerText, mostMs: number) {
  // The g and y flags would carry state from one answer to the next.
  const flags = (wanted.flags ?? '').replaceAll(/[gy]/g, '');
  const pattern = new RegExp(wanted.regex, flags);
  return runLimited(() => pattern.test(answer), mostMs) ? undefined : 'no match';
}

/** The last number of the answer is the wanted one. */
export function checkNumber({ number, tolerance }: ExpectationOf<'number'>, given: AnswerText) {
  const last = lastNumber(given.answer);
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

/** The first member of `of` that stands alone is the wanted one. */
export function checkChoice({ choice, of }: ExpectationOf<'choice'>, { answer }: AnswerText) {
  const chosen = firstChoice(of, answer);
  if (chosen === choice) return undefined;
  return chosen === undefined ? 'none of the choices is there' : `chose "${chosen}"`;
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
