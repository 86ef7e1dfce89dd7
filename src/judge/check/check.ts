import {
  type Expectation,
  type ExpectationName,
  type ExpectationOf,
  nameOfExpectation,
} from '../../workload/expectation.ts';
import { LimitError, longestCheckMs } from '../../workload/limits.ts';
import { checkJsonSchema } from './json-schema.ts';
import { checkChoice, checkContains, checkExact, checkNumber, checkRegex } from './text.ts';
import { checkToolCall } from './tool-calls.ts';
import type { AnswerText } from './verdict.ts';

/** Why an answer is wrong, in words; undefined where it is right. */
type Check<Name extends ExpectationName> = (
  expectation: ExpectationOf<Name>,
  answer: AnswerText,
  mostMs: number,
) => string | undefined;

/**
 * How each check of a workload is carried out: by a function here, by the user's own command, or by a
 * judge. A name without an entry does not compile, so no check reaches a paid judge by omission.
 */
const checks: { readonly [Name in ExpectationName]: Check<Name> | 'command' | 'judge' } = {
  exact: checkExact,
  contains: checkContains,
  regex: checkRegex,
  number: checkNumber,
  choice: checkChoice,
  json_schema: checkJsonSchema,
  tool_call: checkToolCall,
  check: 'command',
  rubric: 'judge',
  reference: 'judge',
};

/** What the deterministic checks of one request say of one answer. */
export interface CheckVerdict {
  /** 1 where every check passes, else 0. */
  readonly quality: 0 | 1;
  /** Names of the checks, e.g. `choice`. */
  readonly by: string;
  readonly why?: string;
}

/** A check that did not end in time says nothing of the answer: that is not a quality of 0. */
export interface BrokenCheck {
  readonly broken: string;
  readonly quality?: undefined;
  readonly by?: undefined;
  readonly why?: undefined;
}

/**
 * Runs the deterministic checks of a request. Undefined where there is none: then it is for a command
 * or a judge to say.
 * @param mostMs time that one pattern or schema may take. @default longestCheckMs
 */
export function checkAnswer(
  expect: readonly Expectation[],
  answer: AnswerText,
  mostMs: number = longestCheckMs,
): CheckVerdict | BrokenCheck | undefined {
  const results = expect.flatMap((each) => {
    const name = nameOfExpectation(each);
    const check = checks[name] as Check<ExpectationName> | 'command' | 'judge';
    return typeof check === 'function' ? [carryOut(name, () => check(each, answer, mostMs))] : [];
  });
  const broken = results.find(({ limit }) => limit !== undefined);
  if (broken) return { broken: `${broken.name}: ${broken.limit}` };
  if (results.length === 0) return undefined;
  const by = results.map(({ name }) => name).join('+');
  const failed = results.find(({ fault }) => fault !== undefined);
  if (!failed) return { quality: 1, by };
  return { quality: 0, by, why: `${failed.name}: ${failed.fault}` };
}

/** The result of one check. */
function carryOut(name: ExpectationName, check: () => string | undefined) {
  try {
    return { name, fault: check(), limit: undefined };
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return { name, fault: undefined, limit: `${error.message} (limits.check_ms)` };
  }
}
