import { fstatSync, statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { printable, printableJson } from '../../lines.ts';
import { wrapWords } from '../../report/text/wrap.ts';

/** The world a command runs in, given so that tests can give another one. */
export interface Shell {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back at each interrupt (Ctrl-C); returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
  readonly now: () => Date;
  /** `own`: nothing else runs in this process, and V8 may be told how to keep its heaps. */
  readonly process: 'own' | 'shared';
}

/**
 * One line for people, cleaned of what could drive a terminal, and broken between words where that is
 * narrower; a command that is to be copied is left whole (a next step that is a sentence begins with a
 * capital letter).
 */
export function say(out: Shell['stdout'], line: string): void {
  const text = toData(printable(line));
  const { isTTY, columns } = out;
  const isCommand = /^(?:next: (?![A-Z][a-z]* )|\$ )/.test(text);
  const lines = isTTY && columns && !isCommand ? wrapWords(text, columns) : [text];
  for (const each of lines) out.write(`${each}\n`);
}

/** One JSON value for machines. */
export function sayJson(out: Writable, value: unknown): void {
  out.write(`${printableJson(value)}\n`);
}

/**
 * Lines without what a CI would carry out: GitHub reads a line that begins with `::` and `##[` anywhere in
 * one as a command, Azure Pipelines `##vso[`.
 */
const toData = (text: string): string =>
  text.replaceAll(/^([^\S\n]*:):/gm, '$1 :').replaceAll(/##(?=\[|vso\[)/g, '# #');

/** Whether what is written to a stream goes into this file. */
export function writesInto(out: Writable, file: string): boolean {
  const { fd } = out as { readonly fd?: unknown };
  const named = statSync(file, { throwIfNoEntry: false });
  if (typeof fd !== 'number' || !named?.isFile()) return false;
  const { dev, ino } = fstatSync(fd);
  return dev === named.dev && ino === named.ino;
}
