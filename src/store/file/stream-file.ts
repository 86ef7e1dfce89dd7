import { once } from 'node:events';
import { createWriteStream, mkdirSync, renameSync, rmSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArbError, StorageError } from '../../errors.ts';
import { type Destination, findDestination } from './atomic.ts';

/** Text is handed to the file in pieces of about this many UTF-16 units: fewer, larger writes. */
const PIECE = 256 * 1_024;

/**
 * A file that is written line by line and appears under its name when it is whole: until `commit` it is
 * `NAME.PID.tmp`. Mode 0600, as it holds prompts.
 */
export class StreamFile {
  readonly #file: string;
  readonly #to: Destination;
  readonly #beside: string;
  readonly #stream: WriteStream;
  #text = '';
  #fault: Error | undefined;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#file = file;
    this.#to = findDestination(file);
    const { path, kind } = this.#to;
    this.#beside = kind === 'special' ? path : `${path}.${process.pid}.tmp`;
    this.#stream = createWriteStream(this.#beside, { mode: 0o600 });
    this.#stream.on('error', (error) => {
      this.#fault = error;
    });
  }

  /** Adds a line; wait for it, so that the file's reader sets the pace. @throws StorageError */
  async write(line: string): Promise<void> {
    this.#text += `${line}\n`;
    if (this.#text.length < PIECE) return;
    await this.#flush();
  }

  /** Gives the file its name. @throws StorageError */
  async commit(): Promise<void> {
    await this.#flush();
    await this.#wait('close', () => this.#stream.end());
    if (this.#to.kind === 'file') renameSync(this.#beside, this.#to.path);
  }

  /** Removes what was written. */
  discard(): void {
    this.#stream.destroy();
    if (this.#to.kind === 'file') rmSync(this.#beside, { force: true });
  }

  async #flush(): Promise<void> {
    this.#check();
    const text = this.#text;
    this.#text = '';
    if (!this.#stream.write(text)) await this.#wait('drain');
    this.#check();
  }

  /** An error of the stream ends the wait too, and is told by `#check` in words. */
  async #wait(event: 'drain' | 'close', begin?: () => void): Promise<void> {
    const come = once(this.#stream, event).catch(() => undefined);
    begin?.();
    await come;
    this.#check();
  }

  #check(): void {
    if (!this.#fault) return;
    const { message } = this.#fault;
    this.discard();
    throw new StorageError(
      `${this.#file}: cannot be written (${message}). Free space, or name another place.`,
      { cause: this.#fault },
    );
  }
}

/**
 * Keeps what can be read once only (standard input, a pipe) as a file.
 *
 * @throws StorageError where it cannot be written; what the stream itself throws as an ArbError.
 */
export async function spool(stream: Readable, file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  try {
    await pipeline(stream, createWriteStream(file, { mode: 0o600 }));
  } catch (cause) {
    if (cause instanceof ArbError) throw cause;
    throw new StorageError(`${file}: cannot be written (${(cause as Error).message}).`, { cause });
  }
}
