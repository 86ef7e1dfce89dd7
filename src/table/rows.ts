import { UsageError } from '../errors.ts';
import { readHead } from './bytes.ts';
import { readCsv } from './csv.ts';
import { isEnvelope, readJsonRows } from './json-elements.ts';
import { readJsonLines } from './lines.ts';
import { readParquet } from './parquet.ts';
import type { Form, Row, Source } from './source.ts';
import { readYamlRows } from './yaml.ts';

/** The rows of a file, in pieces, with what tells how they are written. */
export interface Table {
  readonly form: Form;
  rows(): AsyncGenerator<readonly Row[]>;
}

/**
 * Opens a file of records by what it holds, not by its name: JSON Lines, a JSON array or envelope,
 * CSV, Parquet; compressed or not. @throws UsageError where it is none of them or is empty.
 */
export async function openTable(source: Source): Promise<Table> {
  const head = await readHead(source);
  const form = recogniseForm(head, source);
  const readers = {
    parquet: () => readParquet(source),
    csv: () => readCsv(source, head),
    yaml: () => readYamlRows(source),
    'json-lines': () => readJsonLines(source),
    json: () => readJsonRows(source),
  } as const satisfies Record<Form, () => AsyncGenerator<readonly Row[]>>;
  return { form, rows: readers[form] };
}

function recogniseForm(head: Buffer, source: Source): Form {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (head.includes(0)) {
    throw new UsageError(
      `${source.name}: a binary file that is neither Parquet, gzip nor Zstandard. Export it as JSON Lines, CSV or Parquet.`,
    );
  }
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text === '')
    throw new UsageError(`${source.name}: the file is empty. Give one with records.`);
  if (text.startsWith('[')) return 'json';
  if (!text.startsWith('{')) return isYaml(text, source) ? 'yaml' : 'csv';
  const [first = '', ...more] = text.split('\n');
  try {
    const value = JSON.parse(first) as object;
    return isEnvelope(value) && more.join('').trim() === '' ? 'json' : 'json-lines';
  } catch {
    // A first line that is no value of its own: it is cut by the head's length, or JSON of many lines.
    return more.length === 0 && !/^\{\s*"(?:data|results|object|logs)"/.test(first)
      ? 'json-lines'
      : 'json';
  }
}

/** By its name, or where it starts as promptfoo's config does. */
function isYaml(text: string, { name }: Source): boolean {
  return (
    /\.ya?ml(?:\.gz|\.zst)?$/i.test(name) ||
    /^(?:#.*\n)*(?:description|prompts|tests):\s/.test(text)
  );
}
