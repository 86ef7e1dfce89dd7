/** Values that are to be redacted, and others that look like them, all made up from a seeded stream. */

export type Draw = (below: number) => number;

/** A seeded stream of whole numbers (mulberry32, public domain). */
export function createDraw(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const pick = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)] as T;

const digits = (draw: Draw, count: number) =>
  Array.from({ length: count }, () => draw(10)).join('');

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const token = (draw: Draw, count: number) =>
  Array.from({ length: count }, () => letters[draw(letters.length)]).join('');

function luhnDigit(start: string): number {
  let sum = 0;
  for (let i = 0; i < start.length; i++) {
    const digit = Number(start[start.length - 1 - i]);
    const doubled = i % 2 === 0 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return (10 - (sum % 10)) % 10;
}

function card(draw: Draw): string {
  const isAmex = draw(5) === 0;
  const start = isAmex
    ? `37${digits(draw, 12)}`
    : `${pick(draw, ['4', '51', '55', '2221', '6011', '3566'])}`;
  const body = isAmex ? start : start + digits(draw, 15 - start.length);
  const whole = body + luhnDigit(body);
  const groups = isAmex ? /^(.{4})(.{6})(.{5})$/ : /^(.{4})(.{4})(.{4})(.{4})$/;
  const separator = pick(draw, ['', ' ', '-']);
  return whole.replace(groups, (_, ...parts) => parts.slice(0, isAmex ? 3 : 4).join(separator));
}

/** Country, then what its account numbers are made of: digits (n) or capitals and digits (c). */
const accounts = [
  ['DE', 'n18'],
  ['FR', 'n10c11n2'],
  ['ES', 'n20'],
  ['IT', 'a1n10c12'],
  ['NL', 'a4n10'],
  ['BE', 'n12'],
  ['AT', 'n16'],
  ['GB', 'a4n14'],
  ['CH', 'n5c12'],
  ['PL', 'n24'],
  ['SE', 'n20'],
] as const;

function iban(draw: Draw): string {
  const [country, form] = pick(draw, accounts);
  const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const account = form.replaceAll(/([nac])(\d+)/g, (_, kind: string, count: string) =>
    Array.from({ length: Number(count) }, () =>
      kind === 'n' || (kind === 'c' && draw(2) === 0) ? draw(10) : capitals[draw(26)],
    ).join(''),
  );
  const number = `${account}${country}00`.replaceAll(/[A-Z]/g, (c) => String(c.charCodeAt(0) - 55));
  const check = String(98n - (BigInt(number) % 97n)).padStart(2, '0');
  const whole = `${country}${check}${account}`;
  const form2 = draw(3);
  if (form2 === 0) return whole;
  return form2 === 1 ? whole.replaceAll(/(.{4})(?=.)/g, '$1 ') : whole.toLowerCase();
}

function key(draw: Draw): string {
  const start = pick(draw, [
    'sk-',
    'sk-proj-',
    'sk-ant-api03-',
    'ghp_',
    'AKIA',
    'AIza',
    'xoxb-',
    'hf_',
    'sk_live_',
    'glpat-',
  ]);
  if (start === 'AKIA') return `AKIA${token(draw, 16).toUpperCase()}`;
  return start + token(draw, start === 'AIza' ? 35 : 36);
}

const base64 = (text: string) => Buffer.from(text).toString('base64url');
const jwt = (draw: Draw) =>
  [
    base64('{"alg":"HS256","typ":"JWT"}'),
    base64(`{"sub":"${digits(draw, 8)}"}`),
    token(draw, 43),
  ].join('.');

const names = [
  'jörg.müller',
  'ana.garcía',
  'marie-claire',
  'l.rossi',
  'sue+shop',
  'o.schmidt',
  'x_y',
];
const hosts = [
  'example.com',
  'exämple.de',
  'mail.example.co.uk',
  'posta.example.it',
  'correo.example.es',
];
const email = (draw: Draw) => `${pick(draw, names)}${digits(draw, 3)}@${pick(draw, hosts)}`;

const phones: readonly ((draw: Draw) => string)[] = [
  (draw) => `(${2 + draw(8)}${digits(draw, 2)}) 555-${digits(draw, 4)}`,
  (draw) => `+1 ${2 + draw(8)}${digits(draw, 2)} 555 ${digits(draw, 4)}`,
  (draw) => `0${1 + draw(9)}${digits(draw, 2)} ${1 + draw(9)}${digits(draw, 6)}`,
  (draw) => `+49 ${1 + draw(9)}${digits(draw, 2)} ${digits(draw, 7)}`,
  (draw) =>
    `0${1 + draw(9)} ${digits(draw, 2)} ${digits(draw, 2)} ${digits(draw, 2)} ${digits(draw, 2)}`,
  (draw) => `+33 6 ${digits(draw, 2)} ${digits(draw, 2)} ${digits(draw, 2)} ${digits(draw, 2)}`,
  (draw) => `+34 ${6 + draw(4)}${digits(draw, 2)} ${digits(draw, 3)} ${digits(draw, 3)}`,
  (draw) => `+39 3${digits(draw, 2)} ${digits(draw, 7)}`,
  (draw) => `0049${1 + draw(9)}${digits(draw, 9)}`,
];
const phone = (draw: Draw) => pick(draw, phones)(draw);

const ip = (draw: Draw) =>
  draw(3) > 0
    ? [1 + draw(223), draw(256), draw(256), 1 + draw(254)].join('.')
    : `2001:db8:${[1, 2, 3].map(() => (1 + draw(65_535)).toString(16)).join(':')}::${(1 + draw(65_535)).toString(16)}`;

const secret = (draw: Draw) => `password: ${token(draw, 12)}`;

/** Each kind of value that arb redacts. */
export const kinds = { card, iban, key, jwt, email, phone, ip, secret } as const;
export type Kind = keyof typeof kinds;

function wrongCard(draw: Draw): string {
  const body = `4${digits(draw, 14)}`;
  return body + ((luhnDigit(body) + 1 + draw(8)) % 10);
}

/** What looks like a secret and is none. */
export const decoys: readonly ((draw: Draw) => string)[] = [
  wrongCard,
  (draw) =>
    `DE00 ${digits(draw, 4)} ${digits(draw, 4)} ${digits(draw, 4)} ${digits(draw, 4)} ${digits(draw, 2)}`,
  (draw) => `20${10 + draw(20)}-0${1 + draw(9)}-${10 + draw(18)}`,
  (draw) => `${10 + draw(18)}.0${1 + draw(9)}.20${10 + draw(20)}`,
  (draw) => `${10 + draw(13)}:${10 + draw(49)}:${10 + draw(49)}`,
  (draw) => `${1 + draw(20)}.${draw(30)}.${draw(30)}`,
  (draw) => `€ ${1 + draw(99)}.${digits(draw, 3)},${digits(draw, 2)}`,
  (draw) => `$${1 + draw(99)},${digits(draw, 3)}.${digits(draw, 2)}`,
  (draw) => `A-${digits(draw, 6)}`,
  (draw) => `@user${digits(draw, 3)}`,
  (draw) =>
    `${digits(draw, 8)}-${digits(draw, 4)}-4${digits(draw, 3)}-a${digits(draw, 3)}-${digits(draw, 12)}`,
  (draw) => `${1 + draw(90)},${digits(draw, 5)}`,
  (draw) => `isbn 978-3-${digits(draw, 2)}-${digits(draw, 6)}-${draw(10)}`,
  (draw) => `${1 + draw(9)} ${digits(draw, 3)} ${digits(draw, 3)}`,
  (draw) => `#${digits(draw, 5)}`,
];
