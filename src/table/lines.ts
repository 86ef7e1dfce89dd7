import { splitLines } from '../lines.ts';
import { readBytes } from './bytes.ts';
import { deepestRecord, isDeeperThan } from './depth.ts';
import type { Row, Source } from './source.ts';

/**
 * The longest line that is read, in UTF-16 units: a request with many images has some ten MB.
 * What is longer is named and not read.
 */
export const LONGEST_LINE = 64 * 1_024 * 1_024;

/** The lines of a source, as many at once as a piece of it holds. @throws UsageError */
export const readLines = (source: Source, longest = LONGEST_LINE) =>
  splitLines(readBytes(source), longest);

/** The rows of a file in JSON Lines; an empty line is none. */
export async function* readJsonLines(source: Source): AsyncGenerator<readonly Row[]> {
  let line = 0;
  for await (const lines of readLines(source)) {
    const rows: Row[] = [];
    for (const text of lines) {
      line += 1;
      const row = parseJsonRow(text, line);
      if (row) rows.push(row);
    }
    yield rows;
  }
}

/** The row that a text holds; nothing where it is blank. */
export function parseJsonRow(text: string, line: number): Row | undefined {
  if (text.length > LONGEST_LINE) {
    const fault = `longer than ${LONGEST_LINE / 1_048_576} MB`;
    return { value: undefined, line, fault };
  }
  if (isDeeperThan(deepestRecord, text)) {
    return { value: undefined, line, fault: `nested more than ${deepestRecord} deep` };
  }
  try {
    return { value: JSON.parse(text), line };
  } catch (error) {
    if (text.trim() === '') return undefined;
    return { value: undefined, line, fault: `not valid JSON (${(error as Error).message})` };
  }
}
