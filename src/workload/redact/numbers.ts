/** The length of an IBAN by country (SWIFT, IBAN registry). */
const LENGTHS =
  'AL28 AD24 AT20 AZ28 BH22 BY28 BE16 BA20 BR29 BG22 BI27 CR22 HR21 CY28 CZ24 DK18 DJ27 DO28 TL23 EG29 SV28 EE20 FK18 FO18 FI18 FR27 GE22 DE22 GI23 GR27 GL18 GT28 HU28 IS26 IQ23 IE22 IL23 IT27 JO30 KZ20 XK20 KW30 LV21 LB28 LY25 LI21 LT20 LU20 MK19 MT31 MR27 MU30 MC27 MD24 MN20 ME22 NL18 NI28 NO15 OM23 PK24 PS29 PL28 PT25 QA29 RO24 RU33 LC32 SM27 ST25 SA24 RS22 SC31 SK24 SI19 SO23 ES24 SD18 SE24 CH21 TN24 TR26 UA29 AE23 GB22 VA22 VG24 YE30';

const ibanLengths: ReadonlyMap<string, number> = new Map(
  LENGTHS.split(' ').map((each) => [each.slice(0, 2), Number(each.slice(2))]),
);

/** The account number at the start of a match, which may go on with words of the sentence. */
export function findIban(match: string): string | undefined {
  const wanted = ibanLengths.get(match.slice(0, 2).toUpperCase());
  if (wanted === undefined) return undefined;
  let length = 0;
  for (let end = 1; end <= match.length; end++) {
    if (!/[ -]/.test(match[end - 1] ?? '')) length += 1;
    if (length < wanted) continue;
    const start = match.slice(0, end);
    return !/\w/.test(match[end] ?? '') && isIban(start) ? start : undefined;
  }
  return undefined;
}

/** Mod 97 of the IBAN with its first four characters moved to the end, letters as 10 to 35 (ISO 13616). */
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

/**
 * What issuers' numbers start with, and how many digits they have: Visa, Mastercard, American Express,
 * Diners, JCB, Discover, UnionPay and Maestro. Ids of messages and of users have other starts.
 */
const ISSUED =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|62\d{14,17}|(?:50|5[6-8]|6[0137])\d{14})$/;

/** A card's number, with its Luhn check digit (ISO/IEC 7812). */
export function isCard(match: string): boolean {
  const digits = match.replaceAll(/\D/g, '');
  if (!ISSUED.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
