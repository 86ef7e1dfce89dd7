/**
 * Shorter values are names such as `EMPTY` or `none` that local servers take for a key; to blank
 * them would change answers and protect nothing.
 */
const shortestSecret = 8;

/** `text` without the value of any of `keys`, in plain, URL-encoded or base64 form. */
export function redact(text: string, keys: readonly (string | undefined)[]): string {
  let clean = text;
  for (const key of keys) {
    if (key === undefined || key.length < shortestSecret) continue;
    for (const form of formsOf(key)) {
      if (clean.includes(form)) clean = clean.replaceAll(form, '[key]');
    }
  }
  return clean;
}

/** A copy of JSON-like `value` with every string in it redacted, keys of objects too. */
export function redactDeep<T>(value: T, keys: readonly (string | undefined)[]): T {
  const clean = (each: unknown): unknown => {
    if (typeof each === 'string') return redact(each, keys);
    if (Array.isArray(each)) return each.map(clean);
    if (each === null || typeof each !== 'object' || ArrayBuffer.isView(each)) return each;
    return Object.fromEntries(
      Object.entries(each).map(([name, inner]) => [redact(name, keys), clean(inner)]),
    );
  };
  return clean(value) as T;
}

function formsOf(key: string): Set<string> {
  return new Set([
    key,
    key.trim(),
    JSON.stringify(key).slice(1, -1),
    encodeURIComponent(key),
    Buffer.from(key).toString('base64'),
    Buffer.from(key).toString('base64url'),
  ]);
}
