import { isObject } from '../../workload/json.ts';

/**
 * A usage and a later one of the same answer as one. Counts never shrink within an answer: a later
 * zero or smaller number is a placeholder (a `message_delta` with `input_tokens: 0`), null is not
 * said. Lists of modalities are merged by their names.
 */
export function mergeUsage(
  before: Record<string, unknown> | undefined,
  after: Record<string, unknown>,
): Record<string, unknown> {
  if (!before) return after;
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(after)) merged[key] = mergeValue(before[key], value);
  return merged;
}

function mergeValue(before: unknown, after: unknown): unknown {
  if (before === undefined || before === null) return after;
  if (after === undefined || after === null) return before;
  if (typeof before === 'number' && typeof after === 'number') return Math.max(before, after);
  if (isObject(before) && isObject(after)) return mergeUsage(before, after);
  if (Array.isArray(before) && Array.isArray(after)) return mergeLists(before, after);
  return after === '' ? before : after;
}

function mergeLists(before: readonly unknown[], after: readonly unknown[]): unknown[] {
  const named = (each: unknown) => (isObject(each) ? each.modality : undefined);
  if (![...before, ...after].every((each) => typeof named(each) === 'string')) {
    return after.length >= before.length ? [...after] : [...before];
  }
  const later = new Map(after.map((each) => [named(each), each]));
  const kept = before.map((each) => mergeValue(each, later.get(named(each))));
  const known = new Set(before.map(named));
  return [...kept, ...after.filter((each) => !known.has(named(each)))];
}
