import type { Readable } from 'node:stream';

/** Where rows are read from. What can be read once only (standard input, a pipe) is spooled by the caller. */
export interface Source {
  /** What errors call it: a path, or `-`. */
  readonly name: string;
  /** The file, for forms that are not read from the start to the end; absent where there is none. */
  readonly path?: string;
  /** The bytes as they are stored, compressed or not; a fresh stream at each call. */
  open(): Readable;
}

/** One record of a file, whatever the file's form. */
export interface Row {
  readonly value: unknown;
  /** 1-based line on which it starts; the row's number in a form without lines (Parquet). */
  readonly line: number;
  /** Present instead of a usable `value` where the record is not what the file's form says. */
  readonly fault?: string;
}

/** How the records of a file are written. */
export type Form = 'json-lines' | 'json' | 'csv' | 'yaml' | 'parquet';
