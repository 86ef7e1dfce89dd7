import { isObject } from '../../workload/json.ts';
import { deepestUsage } from './usage-fields.ts';

/**
 * A usage and a later one of the same answer as one. Counts never shrink within an answer: a later
 * zero or smaller number is a placeholder (a `message_delta` with `input_tokens: 0`), null is not
 * said. Lists of modalities are merged by their names.
 */
export function mergeUsage(
  before: Record<string, unknown> | undefined,
  after: Record<string, unknown>,
  depth = 0,
): Record<string, unknown> {
  if (!before || depth > deepestUsage) return after;
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(after)) {
    // A plain assignment to it would set the prototype.
    if (key === '__proto__') continue;
    merged[key] = mergeValue(
      Object.hasOwn(before, key) ? before[key] : undefined,
      value,
      depth + 1,
    );
  }
  return merged;
}

function mergeValue(before: unknown, after: unknown, depth: number): unknown {
  if (before === undefined || before === null) return after;
  if (after === undefined || after === null) return before;
  if (typeof before === 'number' && typeof after === 'number') return Math.max(before, after);
  if (isObject(before) && isObject(after)) return mergeUsage(before, after, depth);
  if (Array.isArray(before) && Array.isArray(after)) return mergeLists(before, after, depth);
  return after === '' ? before : after;
}

function mergeLists(
  before: readonly unknown[],
  after: readonly unknown[],
  depth: number,
): unknown[] {
  const named = (each: unknown) => (isObject(each) ? each.modality : undefined);
  if (![...before, ...after].every((each) => typeof named(each) === 'string')) {
    return after.length >= before.length ? [...after] : [...before];
  }
  const later = new Map(after.map((each) => [named(each), each]));
  const kept = before.map((each) => mergeValue(each, later.get(named(each)), depth));
  const known = new Set(before.map(named));
  return [...kept, ...after.filter((each) => !known.has(named(each)))];
}
