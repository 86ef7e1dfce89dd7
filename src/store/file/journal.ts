import {
  closeSync,
  existsSync,
  fchmodSync,
  fsync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { StorageError, UsageError } from '../../errors.ts';
import { fileModeIn } from './file-mode.ts';

/**
 * A JSON Lines file that only grows. Every write hands whole lines to the operating system before
 * it returns, so a killed process loses nothing it was told is written, and at most its last line
 * is torn.
 */
export class Journal {
  readonly file: string;
  #fd: number;
  #pending = '';
  /** Why nothing more may follow what is in the file: its last line can be torn. */
  #fault: StorageError | undefined;

  private constructor(file: string, fd: number) {
    this.file = file;
    this.#fd = fd;
  }

  /**
   * Starts a journal with a header line, or goes on with one, cutting off a torn last line.
   * @throws UsageError where the file is a link: a run of somebody else's could lead rows anywhere.
   */
  static open(file: string, header: object): Journal {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw new UsageError(`${file}: is a symbolic link. Put a file in its place, or remove it.`);
    }
    const fresh = !existsSync(file) || statSync(file).size === 0;
    if (!fresh) cutTornLine(file);
    const mode = fileModeIn(dirname(file));
    const journal = new Journal(file, openSync(file, 'a', mode));
    if (fresh) fchmodSync(journal.#fd, mode);
    if (fresh || statSync(file).size === 0) journal.add(header);
    journal.flush();
    return journal;
  }

  /** Adds a row; it is on its way to disk after the next `flush`. */
  add(row: object): void {
    this.addJson(JSON.stringify(row));
  }

  /** Adds a row that is JSON already. */
  addJson(row: string): void {
    this.#pending += `${row}\n`;
  }

  /** @throws StorageError, and from then on again at every attempt. */
  flush(): void {
    if (this.#fault) throw this.#fault;
    if (this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    this.#tried(() => this.#write(text));
  }

  #write(text: string): void {
    let written = writeSync(this.#fd, text);
    if (written === Buffer.byteLength(text)) return;
    // The disk took a part of it.
    const bytes = Buffer.from(text);
    while (written < bytes.length) {
      written += writeSync(this.#fd, bytes, written, bytes.length - written);
    }
  }

  /** Waits until the disk itself has the rows. */
  sync(): void {
    this.flush();
    this.#tried(() => fsyncSync(this.#fd));
  }

  /** Waits in the background until the disk itself has what was flushed. */
  syncLater(done: (error?: StorageError) => void): void {
    fsync(this.#fd, (cause) => {
      if (!cause) return done();
      this.#fault ??= this.#toFault(cause);
      done(this.#fault);
    });
  }

  /** What could not be written was said when it was tried. */
  close(): void {
    try {
      if (!this.#fault) this.sync();
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Closes it without what was not flushed. */
  abandon(): void {
    closeSync(this.#fd);
  }

  #tried(write: () => void): void {
    try {
      write();
    } catch (cause) {
      this.#fault = this.#toFault(cause as Error);
      throw this.#fault;
    }
  }

  #toFault(cause: Error): StorageError {
    const next = 'Make room and go on with --resume; what was written before is kept.';
    const what = `${this.file}: cannot be written (${cause.message}). ${next}`;
    return new StorageError(what, { cause });
  }
}

/** Cuts the file after its last newline: what follows was being written when the process died. */
export function cutTornLine(file: string): void {
  const size = statSync(file).size;
  const fd = openSync(file, 'r');
  const block = Buffer.alloc(64 * 1024);
  let end = size;
  let keep = 0;
  while (end > 0 && keep === 0) {
    const from = Math.max(0, end - block.length);
    const read = readSync(fd, block, 0, end - from, from);
    const newline = block.subarray(0, read).lastIndexOf(0x0a);
    if (newline >= 0) keep = from + newline + 1;
    end = from;
  }
  closeSync(fd);
  if (keep < size) truncateSync(file, keep);
}
