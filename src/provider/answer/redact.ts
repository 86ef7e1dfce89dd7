/**
 * What local servers take for a key, such as `EMPTY`, `none` or `1`: a word or number of fewer than 8
 * characters, or anything of fewer than 4. To blank them would change answers and protect nothing.
 */
const placeholder = /^(?:[A-Za-z]{0,7}|\d{0,7}|.{0,3})$/s;

/** Forms of a short key that are shorter than this would be found by chance. */
const shortestForm = 4;

/** `text` without the value of any of `keys`, in any form of `listForms`. */
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
  if (typeof value === 'string') {
    return value.length >= shortestForm && forms.some((form) => value.includes(form));
  }
  if (value === null || typeof value !== 'object' || forms.length === 0) return false;
  if (Array.isArray(value)) {
    return isSplit(value, forms) || value.some((inner) => isLoose(inner) && holds(inner, forms));
  }
  for (const name in value) {
    const inner = (value as Record<string, unknown>)[name];
    if (holds(name, forms) || (isLoose(inner) && holds(inner, forms))) return true;
  }
  return false;
}

/** What can hold a text: numbers, of which an answer has thousands, cannot by themselves. */
const isLoose = (value: unknown) => typeof value === 'string' || typeof value === 'object';

/** A key in pieces: as texts that follow each other, or as the codes of its characters. */
function isSplit(list: readonly unknown[], forms: readonly string[]): boolean {
  if (list.length < 2) return false;
  const texts = list.filter((each) => typeof each === 'string');
  if (texts.length > 1 && holds(texts.join(''), forms)) return true;
  // The times between chunks: no key is longer, and no code of a character above a byte.
  if (list.length > mostCodes || !list.every(isCode)) return false;
  return holds(String.fromCharCode(...(list as number[])), forms);
}

const mostCodes = 4_096;
const isCode = (each: unknown) =>
  typeof each === 'number' && each >= 32 && each < 256 && Number.isInteger(each);

function copyRedacted(value: unknown, forms: readonly string[]): unknown {
  if (typeof value === 'string') return blank(value, forms);
  if (Array.isArray(value)) {
    if (isSplit(value, forms)) return ['[key]'];
    return value.map((each) => copyRedacted(each, forms));
  }
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

/**
 * The forms in which servers were seen to echo a key: plain, in other letters, reversed, with blanks or
 * line breaks between, escaped for JSON, JavaScript, HTML or a URL (once and twice), its bytes in
 * hexadecimal digits or decimal codes, and in base64 by itself or within a longer text such as
 * `Bearer KEY` or `user:KEY`.
 */
function listForms(key: string | undefined): readonly string[] {
  if (key === undefined || placeholder.test(key)) return [];
  const forms = known.get(key) ?? [
    ...new Set(
      [key, key.trim()].flatMap(listEncodings).filter((form) => form.length >= shortestForm),
    ),
  ];
  known.set(key, forms);
  return forms;
}

function listEncodings(key: string): string[] {
  const bytes = [...Buffer.from(key)];
  const small = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  const capital = small.map((digits) => digits.toUpperCase());
  const url = encodeURIComponent(key);
  const json = JSON.stringify(key).slice(1, -1);
  const reversed = [...key].reverse().join('');
  return [
    [key, key.toLowerCase(), key.toUpperCase(), reversed],
    [' ', '\n', '-', '\u200b'].map((between) => [...key].join(between)),
    [json, JSON.stringify(json).slice(1, -1), url, encodeURIComponent(url)],
    listHex(small),
    listHex(capital),
    [`&#${bytes.join(';&#')};`, bytes.join(','), bytes.join(', '), bytes.join(' ')],
    listBase64(key),
    listBase64(reversed),
    listBase64(Buffer.from(key).toString('base64')),
  ].flat();
}

/** Bytes in hexadecimal digits, in a row, apart, and as URLs, JavaScript, JSON and HTML write them. */
function listHex(digits: readonly string[]): string[] {
  const apart = ['', ' ', ':', '-', ','].map((between) => digits.join(between));
  const marked = ['%', '\\x', '\\u00', '\\\\u00', '0x'].map((mark) => mark + digits.join(mark));
  const list = [' ', ', ', ','].map((between) => `0x${digits.join(`${between}0x`)}`);
  return [...apart, ...marked, ...list, `&#x${digits.join(';&#x')};`];
}

/**
 * Base64 of the key alone, and what is the same in base64 of any text around it: it depends on where
 * in a group of three bytes the key begins, and its first and last characters on its neighbours.
 */
function listBase64(key: string): string[] {
  const alone = Buffer.from(key);
  const within = [0, 1, 2].map((offset) => {
    const coded = Buffer.concat([Buffer.alloc(offset), alone])
      .toString('base64')
      .replace(/=+$/, '');
    const certain = Math.floor(((offset + alone.length) * 8) / 6);
    return coded.slice(offset === 0 ? 0 : offset + 1, certain);
  });
  return [alone.toString('base64'), ...within].flatMap((form) => [
    form,
    form.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
  ]);
}
