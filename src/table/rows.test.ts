import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openTable } from './rows.ts';
import type { Row, Source } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'arb-table-'));

function fileOf(bytes: string | Uint8Array, name = 'rows'): Source {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return { name: path, path, open: () => createReadStream(path) };
}

/** A stream that gives `size` bytes at a time, as a slow pipe does. */
function pipeOf(bytes: Buffer, size: number): Source {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return { name: '-', open: () => Readable.from(pieces, { objectMode: false }) };
}

async function read(source: Source): Promise<{ form: string; rows: Row[] }> {
  const table = await openTable(source);
  const rows: Row[] = [];
  for await (const piece of table.rows()) rows.push(...piece);
  return { form: table.form, rows };
}

const records = [{ a: 'ä "x" [1]' }, { a: '}{' }, { a: 'line\nbreak' }];
const lines = records.map((each) => JSON.stringify(each)).join('\n');

describe('a file of records', () => {
  it.each([
    ['JSON Lines', lines, 'json-lines'],
    [
      'JSON Lines with a byte order mark and CRLF',
      `\uFEFF${lines.replaceAll('\n', '\r\n')}`,
      'json-lines',
    ],
    ['JSON Lines in UTF-16', Buffer.from(`\uFEFF${lines}`, 'utf16le'), 'json-lines'],
    [
      'JSON Lines in UTF-16, the high byte first',
      Buffer.from(`\uFEFF${lines}`, 'utf16le').swap16(),
      'json-lines',
    ],
    [
      'documents one after the other',
      records.map((each) => JSON.stringify(each, null, 2)).join('\n'),
      'json',
    ],
    ['a JSON array', JSON.stringify(records), 'json'],
    ['a JSON array over many lines', JSON.stringify(records, null, 2), 'json'],
    ['an envelope', JSON.stringify({ object: 'list', data: records }, null, 2), 'json'],
    ['an envelope on one line', JSON.stringify({ data: records }), 'json'],
    [
      'an envelope within an envelope',
      JSON.stringify({ id: 'e', results: { version: 3, results: records } }, null, 1),
      'json',
    ],
  ])('%s is read by what it holds', async (_, text, form) => {
    const found = await read(fileOf(text));
    expect(found.form).toBe(form);
    expect(found.rows.map((row) => row.value)).toEqual(records);
  });

  it('is a single document, with a byte order mark or without', async () => {
    for (const mark of ['', '\uFEFF']) {
      const { rows } = await read(fileOf(`${mark}${JSON.stringify({ a: 'x' }, null, 2)}`));
      expect(rows).toEqual([{ value: { a: 'x' }, line: 1 }]);
    }
  });

  it('names the line of each document, and one fault where a single one is damaged', async () => {
    const { rows } = await read(fileOf('{\n "a": 1\n}\n{\n "a": x\n}\n'));
    expect(rows.map(({ line, fault }) => [line, fault !== undefined])).toEqual([
      [1, false],
      [4, true],
    ]);
    expect((await read(fileOf('{\n "a": {"b": x}\n}\n'))).rows).toHaveLength(1);
  });

  it('gives the same rows compressed, and whatever the pieces of a pipe are', async () => {
    for (const text of [lines, JSON.stringify({ data: records }, null, 2)]) {
      const bytes = Buffer.from(text);
      for (const whole of [bytes, gzipSync(bytes), zstdCompressSync(bytes)]) {
        for (const size of [1, 2, 3, 7, 64_000]) {
          const { rows } = await read(pipeOf(whole, size));
          expect(rows.map((row) => row.value)).toEqual(records);
        }
      }
    }
  });

  it('is read as CSV with the delimiter of its headers; an empty cell is absent', async () => {
    for (const delimiter of [',', ';', '\t']) {
      const text = `a${delimiter}b\n"x\ny"${delimiter}1\nz${delimiter}\n`;
      const { rows } = await read(fileOf(text));
      expect(rows.map((row) => row.value)).toEqual([{ a: 'x\ny', b: '1' }, { a: 'z' }]);
    }
  });

  it('is read as Parquet, 64-bit integers and timestamps as JSON has them', async () => {
    const at = new Date('2026-11-20T08:00:00.000Z');
    const buffer = parquetWriteBuffer({
      columnData: [
        { name: 'text', data: ['x', 'ü'], type: 'STRING' },
        { name: 'count', data: [1n, 2n], type: 'INT64' },
        { name: 'at', data: [at, at], type: 'TIMESTAMP' },
      ],
      rowGroupSize: 1,
    });
    const { form, rows } = await read(fileOf(new Uint8Array(buffer), 'rows.parquet'));
    expect(form).toBe('parquet');
    expect(rows.map((row) => row.value)).toEqual([
      { text: 'x', count: 1, at: at.toISOString() },
      { text: 'ü', count: 2, at: at.toISOString() },
    ]);
  });

  it('says the line of a record that is not JSON, and reads the others', async () => {
    const { rows } = await read(fileOf('{"a":1}\n{"a":\n\n{"a":3}\n'));
    expect(rows.map((row) => [row.line, row.value, row.fault !== undefined])).toEqual([
      [1, { a: 1 }, false],
      [2, undefined, true],
      [4, { a: 3 }, false],
    ]);
  });

  it('says the line on which each record of an array starts', async () => {
    const { rows } = await read(fileOf('[\n {"a":1},\n\n {"a":2}\n]'));
    expect(rows.map((row) => row.line)).toEqual([2, 4]);
  });

  it('says that an array ends within a record', async () => {
    const { rows } = await read(fileOf('[{"a":1},{"a":'));
    expect(rows.map((row) => row.fault)).toEqual([undefined, 'the file ends within it']);
  });

  it('is refused where it is empty, binary, cut within its compression, or not there', async () => {
    await expect(read(fileOf(''))).rejects.toThrow(/the file is empty/);
    await expect(read(fileOf(new Uint8Array([1, 0, 2])))).rejects.toThrow(/a binary file/);
    await expect(read(fileOf('a: ["b"]'))).rejects.toThrow(/not CSV/);
    await expect(read(fileOf('a: [b', 'x.yaml'))).rejects.toThrow(/not YAML/);
    await expect(read(fileOf(gzipSync(lines).subarray(0, 40)))).rejects.toThrow(/cannot be read/);
    const missing = join(folder, 'missing');
    const source = { name: missing, path: missing, open: () => createReadStream(missing) };
    await expect(read(source)).rejects.toThrow(/there is no such file/);
  });
});
