import { open } from 'node:fs/promises';
import { UsageError, WorkloadError } from '../errors.ts';
import { Gatherer } from './gather.ts';
import type { Outcome } from './outcome.ts';
import { encodeRow, type OutcomeRow, parseRow } from './row.ts';
import { dictionaries, emptyRow, LineScanner, type RawRow } from './scan.ts';
import { type OutcomeTable, statuses } from './table.ts';

/**
 * A file of outcome lines by its path; rows that are already objects, or records of a file of another
 * form, each with a name for errors.
 */
export type OutcomeSource =
  | string
  | { readonly name: string; readonly rows: Iterable<Outcome> | AsyncIterable<Outcome> }
  | { readonly name: string; readonly records: AsyncIterable<OutcomeRecord> };

/** A row that nothing has checked yet. */
export interface OutcomeRecord {
  readonly value: unknown;
  /** 1-based line on which it starts. */
  readonly line: number;
  /** Present where the record itself could not be read. */
  readonly fault?: string;
}

export interface ReadOptions {
  /** Told of a bad line, which is then left out and counted; without it a bad line throws. */
  readonly onInvalid?: (error: WorkloadError) => void;
}

/**
 * Reads `outcomes.jsonl` as a stream into columns; several sources are pooled, and the same request
 * in two of them counts as two passes.
 * @throws WorkloadError `file:line: what. next step`, UsageError where a file cannot be read or
 *   holds no row.
 */
export async function readOutcomes(
  sources: OutcomeSource | readonly OutcomeSource[],
  options: ReadOptions = {},
): Promise<OutcomeTable> {
  const list = Array.isArray(sources) ? (sources as readonly OutcomeSource[]) : [sources];
  const reader = new Reader(options);
  for (const source of list as readonly OutcomeSource[]) {
    if (typeof source === 'string') await reader.file(source);
    else if ('records' in source) await reader.records(source.name, source.records);
    else await reader.objects(source.name, source.rows);
  }
  return reader.finish();
}

/**
 * A table of rows in memory. @throws WorkloadError naming the row.
 * @internal exported for tests and benches
 */
export function toOutcomeTable(rows: Iterable<OutcomeRow>, name = 'rows'): OutcomeTable {
  const reader = new Reader({});
  reader.begin(name);
  for (const row of rows) reader.object(row);
  return reader.finish();
}

/** Lines are short; a chunk of this size makes reading cheap and parsing local. */
const chunkBytes = 4 << 20;

class Reader {
  readonly #names = dictionaries();
  readonly #gatherer = new Gatherer(this.#names);
  readonly #scanner = new LineScanner(this.#names);
  readonly #spare: RawRow = emptyRow();
  readonly #options: ReadOptions;
  #name = '';
  #line = 0;
  #rows = 0;
  #invalid = { count: 0, example: '' };

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  begin(name: string): void {
    this.#noteInvalid();
    this.#gatherer.nextFile();
    this.#name = name;
    this.#line = 0;
  }

  async objects(name: string, rows: Iterable<Outcome> | AsyncIterable<Outcome>): Promise<void> {
    this.begin(name);
    for await (const row of rows) this.object(row);
  }

  object(row: OutcomeRow | Outcome): void {
    this.#line++;
    this.#guarded(() => this.#addObject(row));
  }

  async records(name: string, records: AsyncIterable<OutcomeRecord>): Promise<void> {
    this.begin(name);
    for await (const { value, line, fault } of records) {
      this.#line = line;
      this.#guarded(() => (fault === undefined ? this.#addObject(value) : this.#refuse(fault)));
    }
  }

  async file(path: string): Promise<void> {
    this.begin(path);
    const file = await open(path).catch((cause: Error) => {
      throw new UsageError(`${path}: cannot be read (${cause.message}). Check the path.`, {
        cause,
      });
    });
    try {
      let buffer = Buffer.allocUnsafe(chunkBytes);
      let kept = 0;
      for (;;) {
        if (kept === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
        const { bytesRead } = await file.read(buffer, kept, buffer.length - kept);
        const end = kept + bytesRead;
        const used = this.#wholeLines(buffer, end);
        if (bytesRead === 0) {
          if (used < end) this.#nextLine(buffer, used, end);
          break;
        }
        buffer.copyWithin(0, used, end);
        kept = end - used;
      }
    } finally {
      await file.close();
    }
  }

  finish(): OutcomeTable {
    this.#noteInvalid();
    if (this.#rows === 0) {
      throw new UsageError(`${this.#name}: holds no outcome. Give a file with one row per line.`);
    }
    return this.#gatherer.finish();
  }

  /** Reads every whole line of `bytes[0, end)`; returns where the first unread byte is. */
  #wholeLines(bytes: Buffer, end: number): number {
    let from = 0;
    while (from < end) {
      const to = bytes.indexOf(10, from);
      if (to < 0 || to >= end) break;
      this.#nextLine(bytes, from, to);
      from = to + 1;
    }
    return from;
  }

  #nextLine(bytes: Buffer, from: number, to: number): void {
    this.#line++;
    this.#readLine(bytes, this.#line === 1 ? afterMark(bytes, from) : from, to);
  }

  #readLine(bytes: Buffer, from: number, to: number): void {
    const { row } = this.#scanner;
    if (!this.#scanner.scan(bytes, from, to)) {
      this.#guarded(() => this.#slowLine(bytes.toString('utf8', from, to)));
      return;
    }
    const { request, featuresFrom, featuresTo } = row;
    const known =
      featuresTo === 0 || this.#gatherer.knowsFeatures(request, bytes, featuresFrom, featuresTo);
    if (known) this.#add(row);
    else {
      const text = bytes.toString('utf8', featuresFrom, featuresTo);
      this.#guarded(() => this.#addWithFeatures(row, this.#parse(text)));
    }
  }

  /** A request that was never meant for a target is no fault of it: the pair stays absent. */
  #add(row: RawRow): void {
    if (row.status === statuses.notPlanned) return;
    this.#rows++;
    this.#gatherer.add(row);
  }

  #addWithFeatures(row: RawRow, features: unknown): void {
    const parsed = parseRow({ request_id: 'r', target: 't', features });
    if (parsed.state === 'faulty') this.#refuse(parsed.what);
    this.#add(row);
    if (row.status !== statuses.notPlanned) {
      this.#gatherer.addFeatures(row.request, parsed.row.features ?? {});
    }
  }

  #slowLine(text: string): void {
    if (text.trim() === '') return;
    const value = this.#parse(text);
    const isHeader = this.#line === 1 && typeof value === 'object' && value && 'kind' in value;
    if (!isHeader) this.#addObject(value);
  }

  #addObject(value: unknown): void {
    const parsed = parseRow(value);
    if (parsed.state === 'faulty') this.#refuse(parsed.what);
    this.#add(encodeRow(parsed.row, this.#names, this.#spare));
    if (parsed.row.features && parsed.row.status !== 'not-planned')
      this.#gatherer.addFeatures(this.#spare.request, parsed.row.features);
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      this.#refuse(`is not JSON (${what})`);
    }
  }

  #refuse(what: string): never {
    const next = 'Correct the line, or remove it.';
    throw new WorkloadError({ file: this.#name, line: this.#line }, `${what}. ${next}`);
  }

  #guarded(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof WorkloadError) || !this.#options.onInvalid) throw error;
      this.#options.onInvalid(error);
      this.#invalid.count++;
      this.#invalid.example ||= error.message;
    }
  }

  #noteInvalid(): void {
    if (this.#invalid.count > 0) {
      this.#gatherer.note({ kind: 'invalid-line', file: this.#name, ...this.#invalid });
    }
    this.#invalid = { count: 0, example: '' };
  }
}

/** Behind a byte order mark, if there is one. */
function afterMark(bytes: Buffer, from: number): number {
  return bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf
    ? from + 3
    : from;
}
