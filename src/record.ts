/**
 * An object with these entries and no prototype: what has no entry is undefined in it, whatever it is
 * called. For names from outside, of which one may be `constructor`. Threads copy it to an ordinary
 * object: there a name is looked for by `Object.hasOwn`.
 */
export function toRecord<T>(
  entries: Iterable<readonly [name: string, value: T]>,
): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
}

/** What the object has of its own under a name from outside; not what its prototype has. */
export function lookUp<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
