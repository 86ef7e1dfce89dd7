import { hashPrime, hashStart, Interner } from './intern.ts';
import { qualityKinds } from './outcome.ts';

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
  /** Why the cost is not known: a field of the usage. */
  unknown: number;
  status: number;
  pass: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  quality: number;
  ttft_ms: number;
  latency_ms: number;
  weight: number;
  sent_ms: number;
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
  readonly unknown: Interner;
  readonly status: Interner;
}

/** How a row may say that it ended; their codes are those of `statuses`. */
export const outcomeStatuses = ['ok', 'failed', 'skipped', 'not-planned'] as const;

export function dictionaries(): Dictionaries {
  const status = new Interner();
  for (const word of ['missing', ...outcomeStatuses]) status.codeOf(word);
  return {
    request: new Interner(),
    target: new Interner(),
    task: new Interner(),
    session: new Interner(),
    group: new Interner(),
    kind: new Interner(),
    unknown: new Interner(),
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
  row.unknown = -1;
  row.status = 1;
  row.pass = 1;
  row.input_tokens = Number.NaN;
  row.output_tokens = Number.NaN;
  row.cost_usd = Number.NaN;
  row.quality = Number.NaN;
  row.ttft_ms = Number.NaN;
  row.latency_ms = Number.NaN;
  row.weight = Number.NaN;
  row.sent_ms = Number.NaN;
  row.featuresFrom = 0;
  row.featuresTo = 0;
  return row;
}

/**
 * How the value of a key is read: a name, a number, an object; what no decision needs (a text, a
 * count, an amount) is held to its form and not kept.
 */
const keys = [
  ['request_id', 'name'],
  ['target', 'name'],
  ['status', 'name'],
  ['task', 'name'],
  ['session', 'name'],
  ['group', 'name'],
  ['quality_kind', 'name'],
  ['cost_unknown', 'name'],
  ['pass', 'number'],
  ['input_tokens', 'number'],
  ['output_tokens', 'number'],
  ['cost_usd', 'number'],
  ['quality', 'number'],
  ['ttft_ms', 'number'],
  ['latency_ms', 'number'],
  ['weight', 'number'],
  ['sent_ms', 'number'],
  ['features', 'object'],
  ['usage', 'object'],
  ['reason', 'text'],
  ['attempts', 'count'],
  ['billed_input_tokens', 'amount'],
] as const;

/** Index of a key in `keys`: the scanner's own number of that key. */
type Slot = number;

const keyNames = new Interner();
for (const [name] of keys) keyNames.codeOf(name);
const kindNames = new Interner();
for (const kind of qualityKinds) kindNames.codeOf(kind);
const ways = keys.map(([, way]) => way);
const findSlot = (name: (typeof keys)[number][0]): Slot => keys.findIndex(([key]) => key === name);
const requestSlot = findSlot('request_id');
const targetSlot = findSlot('target');
const statusSlot = findSlot('status');
const kindSlot = findSlot('quality_kind');
const featuresSlot = findSlot('features');
const names = ways.filter((way) => way === 'name').length;

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
  readonly #names: readonly Interner[];
  /** Where the names of the line are, and their hashes: from, to, hash by slot. */
  readonly #ranges = new Int32Array(names * 3);
  /** The key last seen at each place of a line: lines of one file have their keys in one order. */
  readonly #usual: Slot[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  constructor(shared: Dictionaries) {
    const { request, target, status, task, session, group, kind, unknown } = shared;
    this.#names = [request, target, status, task, session, group, kind, unknown];
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
    let place = 0;
    do {
      if (!this.#take(quote)) return false;
      const slot = this.#key(place++);
      if (slot < 0 || !this.#take(0x3a) || !this.#value(slot)) return false;
    } while (this.#take(0x2c));
    return this.#take(0x7d) && this.#peek() === -1 && this.#isWhole() && this.#learnNames();
  }

  /** The required is there and numbers are in their ranges. */
  #isWhole(): boolean {
    const { quality, pass, weight } = this.row;
    const named = this.#ranges[3 * requestSlot + 1] !== 0 && this.#ranges[3 * targetSlot + 1] !== 0;
    const passes = Number.isInteger(pass) && pass >= 1 && pass <= maxPasses;
    return named && passes && !(quality > 1) && weight !== 0;
  }

  #learnNames(): boolean {
    const end = this.#ranges[3 * statusSlot + 1] as number;
    if (end !== 0) {
      const from = this.#ranges[3 * statusSlot] as number;
      this.row.status = (this.#names[statusSlot] as Interner).find(this.#bytes, from, end);
      if (this.row.status < 1) return false;
    }
    const kindEnd = this.#ranges[3 * kindSlot + 1] as number;
    if (kindEnd !== 0) {
      const from = this.#ranges[3 * kindSlot] as number;
      if (kindNames.find(this.#bytes, from, kindEnd) < 0) return false;
    }
    this.row.request = this.#learn(requestSlot);
    this.row.target = this.#learn(targetSlot);
    this.row.task = this.#learn(3);
    this.row.session = this.#learn(4);
    this.row.group = this.#learn(5);
    this.row.kind = this.#learn(6);
    this.row.unknown = this.#learn(7);
    return true;
  }

  #learn(slot: Slot): number {
    const to = this.#ranges[3 * slot + 1] as number;
    if (to === 0) return -1;
    const from = this.#ranges[3 * slot] as number;
    const hash = this.#ranges[3 * slot + 2] as number;
    return (this.#names[slot] as Interner).code(this.#bytes, from, to, hash);
  }

  #key(place: number): Slot {
    const usual = this.#usual[place];
    if (usual !== undefined && this.#skipName(keys[usual]?.[0] ?? '')) return usual;
    const start = this.#at;
    const hash = this.#string();
    if (hash === undefined) return -1;
    const slot = keyNames.find(this.#bytes, start, this.#at - 1, hash);
    this.#usual[place] = slot;
    return slot;
  }

  /** Moves behind `name` and its closing quote, if they are next. */
  #skipName(name: string): boolean {
    const end = this.#at + name.length;
    if (end >= this.#end || this.#bytes[end] !== quote) return false;
    for (let i = 0; i < name.length; i++) {
      if (this.#bytes[this.#at + i] !== name.charCodeAt(i)) return false;
    }
    this.#at = end + 1;
    return true;
  }

  #value(slot: Slot): boolean {
    const first = this.#peek();
    if (first === 0x6e) return this.#word('null');
    const way = ways[slot];
    if (way === 'name') return this.#name(slot);
    if (way === 'object') return this.#nested(slot);
    if (way === 'text') return this.#skipString();
    const value = this.#number();
    if (way === 'count' && !Number.isInteger(value)) return false;
    return value >= 0 && this.#setNumber(slot, value);
  }

  #setNumber(slot: Slot, value: number): boolean {
    const { row } = this;
    if (slot === 8) row.pass = value;
    else if (slot === 9) row.input_tokens = value;
    else if (slot === 10) row.output_tokens = value;
    else if (slot === 11) row.cost_usd = value;
    else if (slot === 12) row.quality = value;
    else if (slot === 13) row.ttft_ms = value;
    else if (slot === 14) row.latency_ms = value;
    else if (slot === 15) row.weight = value;
    else if (slot === 16) row.sent_ms = value;
    return true;
  }

  #name(slot: Slot): boolean {
    if (!this.#take(quote)) return false;
    const start = this.#at;
    const hash = this.#string();
    const end = this.#at - 1;
    if (hash === undefined || end === start) return false;
    this.#ranges[3 * slot] = start;
    this.#ranges[3 * slot + 1] = end;
    this.#ranges[3 * slot + 2] = hash;
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
      // 0xc2 begins the control characters beyond ASCII.
      if (byte === backslash || byte < 0x20 || byte === 0x7f || byte === 0xc2) return undefined;
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
    // `01` and `1.` are no JSON, so the exact reader says so.
    if (digits === 0 || bytes[i - 1] === 0x2e) return -1;
    if (bytes[this.#at] === 0x30 && i > this.#at + 1 && bytes[this.#at + 1] !== 0x2e) return -1;
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
    if (mantissa > Number.MAX_SAFE_INTEGER || Math.abs(exponent) > 22) {
      // A cost that was added up has 17 digits: JavaScript's own reader takes longer, and is exact.
      const exact = Number(Buffer.from(bytes.subarray(this.#at, i)).toString('latin1'));
      return Number.isFinite(exact) ? this.#done(i, exact) : -1;
    }
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
    if (first !== 0x7b && (slot === featuresSlot || first !== 0x5b)) return false;
    let depth = 0;
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at++] as number;
      if (byte === 0x7b || byte === 0x5b) depth++;
      // A feature is a scalar: what is nested is for the exact reader to refuse.
      if (depth > 1 && slot === featuresSlot) return false;
      else if (byte === 0x7d || byte === 0x5d) depth--;
      else if (byte === quote && this.#string() === undefined) return false;
      if (depth > 0) continue;
      if (slot === featuresSlot) {
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
