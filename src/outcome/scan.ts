import { hashPrime, hashStart, Interner } from './intern.ts';

/**
 * One line of an outcome table, read without making an object of it: strings as numbers of their
 * interner, numbers as they are, NaN and -1 for absent. The same record is used for every line.
 */
export interface RawRow {
  request: number;
  target: number;
  task: number;
  session: number;
  group: number;
  kind: number;
  status: number;
  pass: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  quality: number;
  ttft_ms: number;
  latency_ms: number;
  weight: number;
  /** Byte range of the `features` object in the line's buffer; 0, 0 = none. */
  featuresFrom: number;
  featuresTo: number;
}

/** The dictionaries that the strings of all lines share. */
export interface Dictionaries {
  readonly request: Interner;
  readonly target: Interner;
  readonly task: Interner;
  readonly session: Interner;
  readonly group: Interner;
  readonly kind: Interner;
  readonly status: Interner;
}

export function dictionaries(): Dictionaries {
  const status = new Interner();
  for (const word of ['missing', 'ok', 'failed', 'skipped']) status.codeOf(word);
  return {
    request: new Interner(),
    target: new Interner(),
    task: new Interner(),
    session: new Interner(),
    group: new Interner(),
    kind: new Interner(),
    status,
  };
}

export function emptyRow(): RawRow {
  return clear({} as RawRow);
}

/** Makes every field absent. `status` is ok and `pass` is 1 unless the line says otherwise. */
export function clear(row: RawRow): RawRow {
  row.request = -1;
  row.target = -1;
  row.task = -1;
  row.session = -1;
  row.group = -1;
  row.kind = -1;
  row.status = 1;
  row.pass = 1;
  row.input_tokens = Number.NaN;
  row.output_tokens = Number.NaN;
  row.cost_usd = Number.NaN;
  row.quality = Number.NaN;
  row.ttft_ms = Number.NaN;
  row.latency_ms = Number.NaN;
  row.weight = Number.NaN;
  row.featuresFrom = 0;
  row.featuresTo = 0;
  return row;
}

/** Which field a key fills, and how its value is read. */
const keys = [
  ['request_id', 'request'],
  ['target', 'target'],
  ['task', 'task'],
  ['session', 'session'],
  ['group', 'group'],
  ['quality_kind', 'kind'],
  ['status', 'status'],
  ['pass', 'pass'],
  ['input_tokens', 'input_tokens'],
  ['output_tokens', 'output_tokens'],
  ['cost_usd', 'cost_usd'],
  ['quality', 'quality'],
  ['ttft_ms', 'ttft_ms'],
  ['latency_ms', 'latency_ms'],
  ['weight', 'weight'],
  ['features', 'features'],
  ['usage', 'nested'],
  ['reason', 'ignored'],
  ['attempts', 'ignored'],
  ['billed_input_tokens', 'ignored'],
] as const;

type Slot = (typeof keys)[number][1];

const keyNames = new Interner();
for (const [name] of keys) keyNames.codeOf(name);
const slots: readonly Slot[] = keys.map(([, slot]) => slot);

/** `status` first: it can still refuse the line, before the others are learnt. */
const nameSlots: readonly (keyof Dictionaries)[] = [
  'status',
  'request',
  'target',
  'task',
  'session',
  'group',
  'kind',
];

/** Passes are remembered as bits, to tell a second pass from a duplicate line. */
export const maxPasses = 31;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads lines of the form that machines write. Whatever it does not expect (an escape in a name, an
 * unknown key, a fault) it leaves to the slow, exact reader by returning false: it never guesses.
 */
export class LineScanner {
  readonly row: RawRow = emptyRow();
  readonly #names: Dictionaries;
  /** Where the names of the line are, and their hashes: from, to, hash by `nameSlots`. */
  readonly #ranges = new Int32Array(nameSlots.length * 3);
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  constructor(names: Dictionaries) {
    this.#names = names;
  }

  /**
   * True = `row` holds the line `bytes[from, to)`. No dictionary learns anything from a line that is
   * not whole.
   */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
    clear(this.row);
    this.#ranges.fill(0);
    if (!this.#take(0x7b)) return false;
    do {
      if (!this.#take(quote)) return false;
      const slot = this.#key();
      if (slot === undefined || !this.#take(0x3a) || !this.#value(slot)) return false;
    } while (this.#take(0x2c));
    return this.#take(0x7d) && this.#peek() === -1 && this.#isWhole() && this.#learnNames();
  }

  /** The required is there and numbers are in their ranges. */
  #isWhole(): boolean {
    const { quality, pass, weight } = this.row;
    const named = this.#ranges[4] !== 0 && this.#ranges[7] !== 0;
    const passes = Number.isInteger(pass) && pass >= 1 && pass <= maxPasses;
    return named && passes && !(quality > 1) && weight !== 0;
  }

  #learnNames(): boolean {
    for (let i = 0; i < nameSlots.length; i++) {
      const [from, to] = [this.#ranges[3 * i] as number, this.#ranges[3 * i + 1] as number];
      if (to === 0) continue;
      const slot = nameSlots[i] as keyof Dictionaries;
      const hash = this.#ranges[3 * i + 2] as number;
      if (slot !== 'status') this.row[slot] = this.#names[slot].code(this.#bytes, from, to, hash);
      else {
        this.row.status = this.#names.status.find(this.#bytes, from, to, hash);
        if (this.row.status < 1) return false;
      }
    }
    return true;
  }

  #key(): Slot | undefined {
    const start = this.#at;
    const hash = this.#string();
    return hash === undefined
      ? undefined
      : slots[keyNames.find(this.#bytes, start, this.#at - 1, hash)];
  }

  #value(slot: Slot): boolean {
    const first = this.#peek();
    if (first === 0x6e) return this.#word('null');
    if (slot === 'features' || slot === 'nested') return this.#nested(slot);
    if (slot === 'ignored') return first === quote ? this.#skipString() : this.#number() >= 0;
    if (slot in this.#names) return this.#name(slot as keyof Dictionaries);
    if (first === quote) return false;
    const value = this.#number();
    if (!(value >= 0)) return false;
    this.row[slot] = value;
    return true;
  }

  #name(slot: keyof Dictionaries): boolean {
    if (!this.#take(quote)) return false;
    const start = this.#at;
    const hash = this.#string();
    const end = this.#at - 1;
    if (hash === undefined || end === start) return false;
    const place = 3 * nameSlots.indexOf(slot);
    this.#ranges[place] = start;
    this.#ranges[place + 1] = end;
    this.#ranges[place + 2] = hash;
    return true;
  }

  /** After the opening quote: moves behind the closing one, returns the hash of what is between. */
  #string(): number | undefined {
    const bytes = this.#bytes;
    let hash = hashStart;
    for (let i = this.#at; i < this.#end; i++) {
      const byte = bytes[i] as number;
      if (byte === quote) {
        this.#at = i + 1;
        return hash;
      }
      if (byte === backslash || byte < 0x20) return undefined;
      hash = Math.imul(hash ^ byte, hashPrime);
    }
    return undefined;
  }

  #skipString(): boolean {
    return this.#take(quote) && this.#string() !== undefined;
  }

  /**
   * A number that is not negative, else -1. Exact: digits below 2^53 and a power of ten up to 22 are
   * both doubles, and one rounding is the right one (Clinger 1990).
   */
  #number(): number {
    const bytes = this.#bytes;
    let i = this.#at;
    let digits = 0;
    let mantissa = 0;
    let exponent = 0;
    let afterPoint = false;
    for (; i < this.#end; i++) {
      const byte = bytes[i] as number;
      if (byte >= 0x30 && byte <= 0x39) {
        mantissa = mantissa * 10 + (byte - 0x30);
        digits++;
        if (afterPoint) exponent--;
      } else if (byte === 0x2e && !afterPoint && digits > 0) afterPoint = true;
      else break;
    }
    if (digits === 0 || mantissa > Number.MAX_SAFE_INTEGER) return -1;
    if (((bytes[i] as number) | 0x20) === 0x65 && i < this.#end) {
      i++;
      const sign = bytes[i] as number;
      if (sign === 0x2b || sign === 0x2d) i++;
      let power = 0;
      const start = i;
      for (; i < this.#end; i++) {
        const byte = bytes[i] as number;
        if (byte < 0x30 || byte > 0x39) break;
        power = power * 10 + (byte - 0x30);
      }
      if (i === start || power > 400) return -1;
      exponent += sign === 0x2d ? -power : power;
    }
    if (exponent < -22 || exponent > 22) return mantissa === 0 ? this.#done(i, 0) : -1;
    const ten = powersOfTen[Math.abs(exponent)] as number;
    return this.#done(i, exponent < 0 ? mantissa / ten : mantissa * ten);
  }

  #done(at: number, value: number): number {
    this.#at = at;
    return value;
  }

  /** Moves behind an object or array; its text is read later, once per request. */
  #nested(slot: Slot): boolean {
    const from = this.#at;
    const first = this.#peek();
    if (first !== 0x7b && (slot === 'features' || first !== 0x5b)) return false;
    let depth = 0;
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at++] as number;
      if (byte === 0x7b || byte === 0x5b) depth++;
      else if (byte === 0x7d || byte === 0x5d) depth--;
      else if (byte === quote && this.#string() === undefined) return false;
      if (depth > 0) continue;
      if (slot === 'features') {
        this.row.featuresFrom = from;
        this.row.featuresTo = this.#at;
      }
      return true;
    }
    return false;
  }

  #word(word: string): boolean {
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) return false;
    }
    this.#at += word.length;
    return true;
  }

  #take(byte: number): boolean {
    if (this.#peek() !== byte) return false;
    this.#at++;
    return true;
  }

  /** The next byte that is not white space, -1 at the end. */
  #peek(): number {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at] as number;
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return byte;
      this.#at++;
    }
    return -1;
  }
}

const powersOfTen = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
