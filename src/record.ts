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

/** Fields whose own fields have the names of a user: of features, of targets, of tasks. */
const namedByUsers = ['config', 'features', 'keep', 'mix', 'when'];

/**
 * A value with its field names as files have them: `costUsd` is `cost_usd`. A name that begins with a
 * capital letter is no field's, and stays.
 */
export function toFileNames<T extends object>(value: T): object {
  if (Array.isArray(value)) return value.map((item) => toFileName(item));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      /^[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+$/.test(name)
        ? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
        : name,
      namedByUsers.includes(name) ? field : toFileName(field),
    ]),
  );
}

function toFileName(field: unknown): unknown {
  return typeof field === 'object' && field !== null ? toFileNames(field) : field;
}
