/**
 * Shorter values are names such as `EMPTY` or `none` that local servers take for a key; to blank
 * them would change answers and protect nothing.
 */
const shortestSecret = 8;

/** `text` without the value of any of `keys`, in plain, URL-encoded or base64 form. */
export function redact(text: string, keys: readonly (string | undefined)[]): string {
  return blank(text, keys.flatMap(listForms));
}

/** JSON-like `value` with every string in it redacted, keys of objects too: a copy where there is one. */
export function redactDeep<T>(value: T, keys: readonly (string | undefined)[]): T {
  const forms = keys.flatMap(listForms);
  return holds(value, forms) ? (copyRedacted(value, forms) as T) : value;
}

/** To look is cheaper than to copy, and hardly any answer holds a key. */
function holds(value: unknown, forms: readonly string[]): boolean {
  if (typeof value === 'string') return forms.some((form) => value.includes(form));
  if (value === null || typeof value !== 'object' || forms.length === 0) return false;
  // Gaps, of which there may be thousands.
  if (Array.isArray(value) && typeof value[0] === 'number') return false;
  return Object.entries(value).some(([name, inner]) => holds(name, forms) || holds(inner, forms));
}

function copyRedacted(value: unknown, forms: readonly string[]): unknown {
  if (typeof value === 'string') return blank(value, forms);
  if (Array.isArray(value)) return value.map((each) => copyRedacted(each, forms));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [blank(name, forms), copyRedacted(inner, forms)]),
  );
}

function blank(text: string, forms: readonly string[]): string {
  let clean = text;
  for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, '[key]');
  return clean;
}

const known = new Map<string, readonly string[]>();

function listForms(key: string | undefined): readonly string[] {
  if (key === undefined || key.length < shortestSecret) return [];
  const forms = known.get(key) ?? [
    ...new Set([
      key,
      key.trim(),
      JSON.stringify(key).slice(1, -1),
      encodeURIComponent(key),
      Buffer.from(key).toString('base64'),
      Buffer.from(key).toString('base64url'),
    ]),
  ];
  known.set(key, forms);
  return forms;
}
