import { isIPv4, isIPv6 } from 'node:net';

/** One kind of secret or personal value, and how it is told from text that looks like it. */
export interface Detector {
  /** Global; what it matches is looked at by `accept`. */
  readonly pattern: RegExp;
  /** The part of a match, from its start, that is the value; undefined where none is. @default all of it */
  readonly accept?: (match: string) => string | undefined;
}

/**
 * What is redacted, in this order: a value that two kinds match is of the first. Names of kinds stand
 * in the placeholders and in the report.
 */
export const detectors = {
  /** RFC 7519: three base64url parts, of which the first two are JSON objects ("eyJ"). */
  jwt: { pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]{10,}/g },
  'private-key': {
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  },
  /** By the prefixes that issuers give their keys so that scanners find them. */
  key: {
    pattern:
      /\b(?:sk-(?:ant-|proj-|or-v1-)?[\w-]{16,}|pk_live_\w{16,}|[rs]k_(?:live|test)_\w{16,}|gh[pousr]_\w{30,}|github_pat_\w{40,}|glpat-[\w-]{20,}|xox[abeprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}|hf_\w{30,}|gsk_\w{40,}|npm_\w{36}|SG\.[\w-]{16,}\.[\w-]{16,}|pypi-[\w-]{40,}|dop_v1_\w{40,})/g,
  },
  /** A value that is named as a secret: `Authorization: Bearer ...`, `api_key=...`, `password: ...`. */
  secret: {
    pattern:
      /(?<=\b(?:bearer|basic)\s)[\w+/=.-]{16,}|(?<=\b(?:api[_-]?key|access[_-]?token|client[_-]?secret|secret[_-]?key|password|passwd|auth[_-]?token)["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',;<>]{6,}/gi,
  },
  email: {
    pattern:
      /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu,
  },
  /** ISO 13616: country, two check digits, up to 30 letters and digits, in groups of four or none. */
  iban: {
    pattern: /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b/gi,
    accept: findIban,
  },
  /** ISO/IEC 7812: 13 to 19 digits with a Luhn check digit. */
  card: {
    pattern: /(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w]|[.,]\d|-[\da-f]{4}-[\da-f]{12})/g,
    accept: (match) => (isCard(match) ? match : undefined),
  },
  ip: {
    pattern:
      /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:]))/gi,
    accept: (match) => (isIPv4(match) || (isIPv6(match) && match.length > 6) ? match : undefined),
  },
  /** E.164: up to 15 digits; with a country code, a leading 0, or grouped as in North America. */
  phone: {
    pattern:
      /(?<![\w.,/-]|\d )(?:(?:\+|00)[1-9]\d{0,3}[\s./-]*(?:\(0?\d{0,4}\)[\s./-]*)?\d(?:[\s./-]{0,2}\d){5,12}|\(?0\d{1,5}\)?[\s/.-]{1,3}\d(?:[\s.-]?\d){4,10}|0\d{9,10}|\(?[2-9]\d{2}\)?[\s.-]\d{3}[\s.-]\d{4})(?![\w]|[.,]\d)/g,
    accept: (match) => (isPhone(match) ? match : undefined),
  },
} as const satisfies Record<string, Detector>;

/** The length of an IBAN by country (ISO 13616 registry), for the countries most met; others by the check digits alone. */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    DE: 22,
    FR: 27,
    ES: 24,
    IT: 27,
    NL: 18,
    BE: 16,
    AT: 20,
    CH: 21,
    GB: 22,
    PL: 28,
    PT: 25,
    SE: 24,
    IE: 22,
    LU: 20,
    DK: 18,
    NO: 15,
    FI: 18,
    CZ: 24,
  }),
);

/** ISO 13616: the shortest that is in use is Norway's. */
const SHORTEST_IBAN = 15;

/** The number at the start of a match, which may go on with words of the sentence. */
function findIban(match: string): string | undefined {
  const wanted = IBAN_LENGTHS.get(match.slice(0, 2).toUpperCase());
  let length = 0;
  for (let end = 1; end <= match.length; end++) {
    if (!/[ -]/.test(match[end - 1] ?? '')) length += 1;
    const isEnd = !/\w/.test(match[end] ?? '');
    if (!isEnd || length < (wanted ?? SHORTEST_IBAN)) continue;
    if (wanted !== undefined && length > wanted) return undefined;
    const start = match.slice(0, end);
    if (isIban(start)) return start;
  }
  return undefined;
}

/** Mod 97 of the IBAN with its first four characters moved to the end, letters as 10 to 35. */
function isIban(match: string): boolean {
  const text = match.replaceAll(/[ -]/g, '').toUpperCase();
  const moved = text.slice(4) + text.slice(0, 4);
  let rest = 0;
  for (const each of moved) {
    const value = Number.parseInt(each, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

function isCard(match: string): boolean {
  const digits = match.replaceAll(/\D/g, '');
  // No issuer begins with 0, 7 to 9 are airlines' and national numbers of other lengths.
  if (digits.length < 13 || digits.length > 19 || !/^[2-6]/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function isPhone(match: string): boolean {
  const digits = match.replaceAll(/\D/g, '').length;
  if (digits < 7 || digits > 15) return false;
  // Dates and times are grouped like numbers of telephones.
  return !/^\(?0?\d{1,2}[./-]\d{1,2}[./-]\d{2,4}/.test(match);
}
