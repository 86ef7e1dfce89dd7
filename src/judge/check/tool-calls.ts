import { isDeepStrictEqual } from 'node:util';
import type { ToolCall } from '../../provider/answer/exchange.ts';
import type { ExpectationOf } from '../../workload/expectation.ts';
import type { AnswerText } from './verdict.ts';

/** The tool was called, with these arguments where some are wanted. */
export function checkToolCall(
  { tool_call: wanted }: ExpectationOf<'tool_call'>,
  { tool_calls = [] }: AnswerText,
): string | undefined {
  const named = tool_calls.filter((call) => call.name === wanted.name);
  if (named.length === 0) return `"${wanted.name}" was not called`;
  const { argument_keys: keys } = wanted;
  if (keys && !named.some((call) => hasKeys(parsedOrText(call.arguments), keys))) {
    return `"${wanted.name}" was called without one of ${keys.join(', ')}`;
  }
  if (wanted.arguments === undefined) return undefined;
  const right = named.some((call) =>
    isDeepStrictEqual(parsedOrText(call.arguments), wanted.arguments),
  );
  return right ? undefined : `"${wanted.name}" was called with other arguments`;
}

const hasKeys = (value: unknown, keys: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key));

/**
 * Whether two answers call the same tools: names and arguments as values, in any order, each as
 * often. Arguments that are not JSON are compared as text.
 */
export function sameToolCalls(one: readonly ToolCall[], other: readonly ToolCall[]): boolean {
  if (one.length !== other.length) return false;
  const open = other.map(callValue);
  return one.map(callValue).every((call) => {
    const at = open.findIndex((candidate) => isDeepStrictEqual(candidate, call));
    if (at >= 0) open.splice(at, 1);
    return at >= 0;
  });
}

const callValue = ({ name, arguments: given }: ToolCall) => ({ name, given: parsedOrText(given) });

/** The value of JSON text; where it is none, the text. A model leaves empty arguments out. */
function parsedOrText(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
