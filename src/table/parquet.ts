import { type FileHandle, open } from 'node:fs/promises';
import type { AsyncBuffer } from 'hyparquet';
import { UsageError } from '../errors.ts';
import type { Row, Source } from './source.ts';

/**
 * A row group up to this size is decoded once, as a whole; of a larger one so many rows at once, which
 * decodes its columns again for each part.
 */
const WHOLE_BYTES = 24 * 1_024 * 1_024;
const ROWS_AT_ONCE = 2_000;

/** Rows that are handed on at once. */
const PIECE = 250;

const decoder = new TextDecoder();

/**
 * The rows of a Parquet file, a part of a row group at a time. Timestamps become ISO strings, 64-bit
 * integers numbers, byte arrays text. @throws UsageError where it is a stream or not whole.
 */
export async function* readParquet(source: Source): AsyncGenerator<readonly Row[]> {
  if (source.path === undefined) {
    throw new UsageError(`${source.name}: Parquet cannot be read from a pipe. Give it as a file.`);
  }
  // Loaded here: every command that reads a table can read this one, and hardly any does.
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  let start = 0;
  let handle: FileHandle | undefined;
  try {
    handle = await open(source.path);
    const file = await bufferOver(handle);
    const metadata = await parquetMetadataAsync(file);
    for (const group of metadata.row_groups) {
      const groupEnd = start + Number(group.num_rows);
      while (start < groupEnd) {
        const rowStart = start;
        const isWhole = group.total_byte_size <= WHOLE_BYTES;
        const rowEnd = isWhole ? groupEnd : Math.min(groupEnd, rowStart + ROWS_AT_ONCE);
        const values = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
        for (let from = 0; from < values.length; from += PIECE) {
          yield values
            .slice(from, from + PIECE)
            .map((value, index) => ({ value: toPlain(value), line: rowStart + from + index + 1 }));
        }
        start = rowEnd;
      }
    }
  } catch (cause) {
    const why = (cause as Error).message;
    throw new UsageError(
      `${source.name}: not a Parquet file that can be read (after row ${start}: ${why}). Export it again, or as JSON Lines.`,
      { cause },
    );
  } finally {
    await handle?.close();
  }
}

/** A file as the decoder asks for it, each part read into memory of its own. */
async function bufferOver(handle: FileHandle): Promise<AsyncBuffer> {
  const { size: byteLength } = await handle.stat();
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(
          bytes,
          filled,
          bytes.length - filled,
          start + filled,
        );
        if (bytesRead === 0) throw new Error('the file ends before its last part');
        filled += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

/** A decoded value as JSON has it; a row is changed in place, as it is nobody else's. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value;
  if (value === null) return undefined;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return decoder.decode(value);
  if (Array.isArray(value)) return value.map(toPlain);
  const row = value as Record<string, unknown>;
  for (const key of Object.keys(row)) {
    const cell = row[key];
    if (typeof cell !== 'string' && typeof cell !== 'number') row[key] = toPlain(cell);
  }
  return row;
}
