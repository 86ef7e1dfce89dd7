/**
 * Shorter values are names such as `EMPTY` or `none` that local servers take for a key; to blank
 * them would change answers and protect nothing.
 */
const shortestSecret = 8;

/** `text` without the value of any of `keys`, in plain, URL-encoded or base64 form. */
export function redact(text: string, keys: readonly (string | undefined)[]): string {
  return blank(text, keys.flatMap(formsOf));
}

/** A copy of JSON-like `value` with every string in it redacted, keys of objects too. */
export function redactDeep<T>(value: T, keys: readonly (string | undefined)[]): T {
  const forms = keys.flatMap(formsOf);
  if (forms.length === 0) return value;
  const clean = (each: unknown): unknown => {
    if (typeof each === 'string') return blank(each, forms);
    if (Array.isArray(each)) return each.map(clean);
    if (each === null || typeof each !== 'object' || ArrayBuffer.isView(each)) return each;
    return Object.fromEntries(
      Object.entries(each).map(([name, inner]) => [blank(name, forms), clean(inner)]),
    );
  };
  return clean(value) as T;
}

function blank(text: string, forms: readonly string[]): string {
  let clean = text;
  for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, '[key]');
  return clean;
}

function formsOf(key: string | undefined): string[] {
  if (key === undefined || key.length < shortestSecret) return [];
  return [
    ...new Set([
      key,
      key.trim(),
      JSON.stringify(key).slice(1, -1),
      encodeURIComponent(key),
      Buffer.from(key).toString('base64'),
      Buffer.from(key).toString('base64url'),
    ]),
  ];
}
