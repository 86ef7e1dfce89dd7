import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { UsageError } from '../errors.ts';
import { readBytes } from './bytes.ts';
import { LONGEST_LINE } from './lines.ts';
import type { Row, Source } from './source.ts';

const ROWS_AT_ONCE = 500;

/**
 * The rows of a CSV file with a line of headers, as objects of text; a cell that is empty is absent.
 * The delimiter is the one of comma, semicolon and tab that the headers hold most of.
 * @throws UsageError where the file is not CSV.
 */
export async function* readCsv(source: Source, head: Buffer): AsyncGenerator<readonly Row[]> {
  const parser = parse({
    columns: true,
    bom: true,
    delimiter: delimiterIn(head),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_LINE,
  });
  const bytes = Readable.from(readBytes(source), { objectMode: false });
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  let rows: Row[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvItem>) {
      const cells = Object.entries(record).filter(([, cell]) => cell !== '');
      rows.push({ value: Object.fromEntries(cells), line: info.lines });
      if (rows.length < ROWS_AT_ONCE) continue;
      yield rows;
      rows = [];
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new UsageError(`${source.name}: not CSV (${cause.message}). Check its quotes.`, {
      cause,
    });
  }
  yield rows;
}

interface CsvItem {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

function delimiterIn(head: Buffer): string {
  const headers = head.toString('utf8').split('\n')[0] ?? '';
  const counts = [',', ';', '\t'].map((each) => ({ each, n: headers.split(each).length }));
  return counts.reduce((most, other) => (other.n > most.n ? other : most)).each;
}
