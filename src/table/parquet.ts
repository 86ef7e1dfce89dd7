import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { asyncBufferFromFile } from 'hyparquet/src/node.js';
import { compressors } from 'hyparquet-compressors';
import { UsageError } from '../errors.ts';
import type { Row, Source } from './source.ts';

/** Rows that are decoded at once: a row group may hold a million. */
const ROWS_AT_ONCE = 2_000;

/**
 * The rows of a Parquet file, a part of a row group at a time. Timestamps become ISO strings, 64-bit
 * integers numbers, byte arrays text. @throws UsageError where it is a stream or not whole.
 */
export async function* readParquet(source: Source): AsyncGenerator<readonly Row[]> {
  if (source.path === undefined) {
    throw new UsageError(`${source.name}: Parquet cannot be read from a pipe. Give it as a file.`);
  }
  let start = 0;
  try {
    const file = await asyncBufferFromFile(source.path);
    const metadata = await parquetMetadataAsync(file);
    for (const group of metadata.row_groups) {
      const groupEnd = start + Number(group.num_rows);
      while (start < groupEnd) {
        const rowStart = start;
        const rowEnd = Math.min(groupEnd, rowStart + ROWS_AT_ONCE);
        const values = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
        yield values.map((value, index) => ({ value: toPlain(value), line: rowStart + index + 1 }));
        start = rowEnd;
      }
    }
  } catch (cause) {
    const why = (cause as Error).message;
    throw new UsageError(
      `${source.name}: not a Parquet file that can be read (after row ${start}: ${why}). Export it again, or as JSON Lines.`,
      { cause },
    );
  }
}

/** A decoded value as JSON has it. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toPlain(each)]));
}
