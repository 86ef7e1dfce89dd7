/**
 * Sentences for the keys of an object that are neither read nor known to have no part in routing:
 * whatever may route, weigh, limit or fall back is read or named.
 */
export function listUnread(
  where: string,
  value: object | null | undefined,
  known: ReadonlySet<string>,
): string[] {
  return Object.entries(value ?? {}).flatMap(([key, field]) =>
    known.has(key) || field === null || field === undefined ? [] : [`${where}${key} is not read`],
  );
}
