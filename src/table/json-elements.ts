import { readBytes } from './bytes.ts';
import { LONGEST_LINE, parseJsonRow } from './lines.ts';
import type { Row, Source } from './source.ts';

/** Keys under which exports keep their records: `{"data": [...]}` and the like. */
const LIST_KEYS = new Set(['data', 'results', 'logs', 'items', 'records', 'rows', 'requests']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const NEWLINE = 0x0a;

/** Whether an object is an envelope around a list of records. */
export function isEnvelope(value: object): boolean {
  return Object.entries(value).some(
    ([key, inside]) => LIST_KEYS.has(key) && Array.isArray(inside) && inside.some(isRecord),
  );
}

const isRecord = (value: unknown) => typeof value === 'object' && value !== null;

/**
 * The records of JSON that is not JSON Lines, in bounded memory: the elements of an array, of the
 * list in an envelope (`{"data": [...]}`, `{"results": {"results": [...]}}`), or else the whole
 * document. An envelope's other keys are passed over.
 */
export async function* readJsonRows(source: Source): AsyncGenerator<readonly Row[]> {
  const splitter = new Splitter();
  const before: Buffer[] = [];
  let length = 0;
  for await (const bytes of readBytes(source)) {
    splitter.push(bytes);
    if (!splitter.hasList && length <= LONGEST_LINE) before.push(bytes);
    length += bytes.length;
    yield splitter.take();
  }
  splitter.end();
  yield splitter.take();
  if (splitter.hasList) return;
  const fault = `a document of more than ${LONGEST_LINE / 1_048_576} MB without a list of records`;
  yield length > LONGEST_LINE
    ? [{ value: undefined, line: 1, fault }]
    : parseDocuments(Buffer.concat(before).toString('utf8'));
}

/** One document, or several one after the other, as tools that print each record by itself write them. */
function parseDocuments(text: string): readonly Row[] {
  const whole = parseJsonRow(text, 1);
  if (!whole) return [];
  if (whole.fault === undefined) return [whole];
  const rows: Row[] = [];
  let [depth, from, line, startLine] = [0, 0, 1, 1];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE) line += 1;
    if (code === QUOTE) quoted = !quoted;
    else if (quoted) at += code === BACKSLASH ? 1 : 0;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (depth === 0) [from, startLine] = [at, line];
      depth += 1;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth -= 1;
      const row = depth === 0 && parseJsonRow(text.slice(from, at + 1), startLine);
      if (row) rows.push(row);
    }
  }
  // Damage within a single document is told of the document.
  return rows.length > 1 ? rows : [whole];
}

/** Cuts a stream of JSON into the texts of its records by counting brackets outside of strings. */
class Splitter {
  /** Whether a list of records has been met. */
  hasList = false;
  #rows: Row[] = [];
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The key last read at each depth of an envelope. */
  #key = '';
  #string: number[] | undefined;
  /** Depth at which a record starts: 1 in an array, deeper in an envelope, 0 outside of a list. */
  #base = 0;
  /** Whether a record has begun. */
  #recording = false;
  #parts: Buffer[] = [];
  #length = 0;
  #startLine = 1;
  #from = -1;

  take(): Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  push(bytes: Buffer): void {
    if (this.#recording) this.#from = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === NEWLINE) this.#line += 1;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#closeString();
        else if (this.#string && this.#string.length < 64) this.#string.push(byte ?? 0);
        continue;
      }
      if (byte === QUOTE) {
        this.#inString = true;
        if (!this.#recording && this.#base === 0) this.#string = [];
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte, i);
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#close(bytes, i);
      else if (byte === COMMA || byte === COLON) this.#string = undefined;
    }
    if (this.#recording) this.#keep(bytes.subarray(this.#from));
  }

  end(): void {
    if (!this.#recording) return;
    this.#rows.push({ value: undefined, line: this.#startLine, fault: 'the file ends within it' });
  }

  #closeString(): void {
    this.#inString = false;
    if (!this.#string) return;
    this.#key = Buffer.from(this.#string).toString();
    this.#string = undefined;
  }

  #open(byte: number, at: number): void {
    if (!this.#recording && this.#startsElement(byte)) {
      this.#recording = true;
      this.#from = at;
      this.#startLine = this.#line;
    }
    this.#depth += 1;
  }

  /** Whether the value that opens here is a record; else it is what holds the records. */
  #startsElement(byte: number): boolean {
    if (this.#base > 0) return this.#depth === this.#base && byte === OPEN_OBJECT;
    const listed = this.#depth === 0 || (this.#depth <= 2 && LIST_KEYS.has(this.#key));
    if (byte === OPEN_ARRAY && listed) {
      this.#base = this.#depth + 1;
      this.hasList = true;
    }
    return false;
  }

  #close(bytes: Buffer, at: number): void {
    this.#depth -= 1;
    if (this.#recording && this.#depth === this.#base)
      this.#finish(bytes.subarray(this.#from, at + 1));
    else if (this.#base > 0 && this.#depth < this.#base) this.#base = 0;
  }

  #finish(last: Buffer): void {
    this.#keep(last);
    const long = this.#length > LONGEST_LINE;
    const row = long
      ? { value: undefined, line: this.#startLine, fault: 'longer than 64 MB' }
      : parseJsonRow(Buffer.concat(this.#parts).toString('utf8'), this.#startLine);
    if (row) this.#rows.push(row);
    this.#recording = false;
    this.#parts = [];
    this.#length = 0;
  }

  #keep(bytes: Buffer): void {
    if (this.#length <= LONGEST_LINE) this.#parts.push(Buffer.from(bytes));
    this.#length += bytes.length;
  }
}
