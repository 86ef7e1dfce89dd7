import { createHash } from 'node:crypto';

/** JSON with sorted keys and without nulls: the same for every sender of the same content. */
export function canonicalContent(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'null';
}

/** What identifies a request's content: the messages alone, whatever the parameters. */
export function hashCanonical(value: unknown): string {
  return createHash('sha256').update(canonicalContent(value)).digest('hex').slice(0, 32);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
