import { deepestRecord, isDeeperThan } from '../../../table/depth.ts';

/** Small readings of values in other people's logs: each gives undefined where the value is not one. */

export type Fields = Readonly<Record<string, unknown>>;

/** An object, also where it is written as JSON text, as database exports do. */
export function toFields(value: unknown): Fields | undefined {
  const known = fromJsonText(value);
  return typeof known === 'object' && known !== null && !Array.isArray(known)
    ? (known as Fields)
    : undefined;
}

/** A list, also where it is written as JSON text. */
export function toList(value: unknown): readonly unknown[] | undefined {
  const known = fromJsonText(value);
  return Array.isArray(known) ? known : undefined;
}

/** The value that a text of JSON holds; any other value as it is. */
export function fromJsonText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{"]/.test(value)) return value;
  if (isDeeperThan(deepestRecord, value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * A text, a number or a boolean as text; anything else is no word. Not `String`: an object of a log may
 * have a key `toString`, which ends that in a TypeError.
 */
export function toWord(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
}

/** A text that is not empty. */
export function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A text, a number or a boolean as text that is not empty: a task, a session. */
export const toLabel = (value: unknown): string | undefined => toText(toWord(value));

/** A number that is finite and not negative, also where a CSV or a decimal column writes it as text. */
export function toAmount(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** Seconds above this are milliseconds: as seconds they would lie after the year 5138. */
const LATEST_SECONDS = 1e11;

/**
 * An instant in milliseconds since the epoch: ISO 8601 (UTC where it names no zone), or a number of
 * seconds, milliseconds, microseconds or nanoseconds, told apart by its size.
 */
export function toInstant(value: unknown): number | undefined {
  if (typeof value === 'string' && !/^\s*\d+(\.\d+)?\s*$/.test(value)) {
    // PostgreSQL writes an offset of whole hours without minutes, which Date does not read: +00.
    const text = value.trim().replace(/(:\d\d(?:\.\d+)?[+-]\d\d)$/, '$1:00');
    const hasZone = /(?:Z|[+-]\d\d:?\d\d|UTC|GMT)$/i.test(text);
    const instant = Date.parse(hasZone ? text : `${text.replace(' ', 'T')}Z`);
    return Number.isNaN(instant) ? undefined : instant;
  }
  const number = toAmount(value);
  if (number === undefined || number === 0) return undefined;
  if (number < LATEST_SECONDS) return number * 1_000;
  if (number < LATEST_SECONDS * 1_000) return number;
  return number < LATEST_SECONDS * 1e6 ? number / 1_000 : number / 1e6;
}

/** The time between two instants in ms; absent where either is not known or they are the wrong way round. */
export function toDuration(from: unknown, to: unknown): number | undefined {
  const [start, end] = [toInstant(from), toInstant(to)];
  return start === undefined || end === undefined || end < start ? undefined : end - start;
}

/** The members of an object that are known; nothing where there is none. */
export function known<T extends object>(
  value: T,
): { [K in keyof T]?: NonNullable<T[K]> } | undefined {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** An object that has members; nothing for an empty one. */
export const filled = <T extends object>(value: T): T | undefined =>
  Object.keys(value).length > 0 ? value : undefined;

/** Metadata that arb can route by: text, numbers and booleans; whatever else is left out. */
export function toMetadata(value: unknown): Record<string, string | number | boolean> {
  const scalar = ([, each]: [string, unknown]) =>
    ['string', 'number', 'boolean'].includes(typeof each) && each !== '';
  return Object.fromEntries(
    Object.entries(toFields(value) ?? {}).filter(scalar) as [string, string | number | boolean][],
  );
}

/** The task that a `task:` tag names, and the other tags. */
export function taskInTags(value: unknown): string | undefined {
  const tags = (toList(value) ?? []).filter((tag) => typeof tag === 'string');
  return tags.find((tag) => /^task:./.test(tag))?.slice('task:'.length);
}
