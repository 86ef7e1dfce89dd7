import { isIPv4, isIPv6 } from 'node:net';
import { findIban, isCard } from './numbers.ts';
import { findSecret, keyPattern, secretPattern } from './secrets.ts';

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
    pattern:
      /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----/g,
  },
  /** By the prefixes that issuers give their keys so that scanners find them. */
  key: { pattern: keyPattern },
  /** A value that is named as a secret: `Authorization: Bearer ...`, `api_key=...`, `password: ...`. */
  secret: { pattern: secretPattern, accept: findSecret },
  email: {
    pattern:
      /(?<![\p{L}\p{N}._%+-])(?!git@)[\p{L}\p{N}._%+-]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu,
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

function isPhone(match: string): boolean {
  const digits = match.replaceAll(/\D/g, '').length;
  if (digits < 7 || digits > 15) return false;
  // Dates and times are grouped like numbers of telephones.
  return !/^\(?0?\d{1,2}[./-]\d{1,2}[./-]\d{2,4}/.test(match);
}
