import { createReadStream } from 'node:fs';
import type { OutcomeRecord, OutcomeSource } from '../../outcome/read.ts';
import { openTable } from '../../table/rows.ts';

/** Columns that hold words even where they look like numbers. */
const words = new Set([
  'request_id',
  'target',
  'task',
  'status',
  'reason',
  'cost_unknown',
  'quality_kind',
  'session',
  'group',
]);

/** Outcome tables as somebody has them: JSON Lines as they are, CSV and Parquet by their columns. */
export function openOutcomes(file: string): OutcomeSource {
  if (!/\.(?:csv|tsv|parquet)(?:\.gz|\.zst)?$/i.test(file)) return file;
  return { name: file, records: readRecords(file) };
}

/** One row a record; `features.app` is the feature `app`. */
async function* readRecords(file: string): AsyncGenerator<OutcomeRecord> {
  const table = await openTable({ name: file, path: file, open: () => createReadStream(file) });
  for await (const rows of table.rows()) {
    for (const row of rows) yield { ...row, value: toRow(row.value) };
  }
}

function toRow(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const row: Record<string, unknown> = Object.create(null);
  const features: Record<string, unknown> = Object.create(null);
  for (const [name, cell] of Object.entries(value)) {
    if (cell === '' || cell === null) continue;
    const said = words.has(name) ? String(cell) : toNumber(cell);
    if (name.startsWith('features.')) features[name.slice('features.'.length)] = said;
    else row[name] = said;
  }
  return Object.keys(features).length > 0 ? { ...row, features } : row;
}

function toNumber(cell: unknown): unknown {
  if (typeof cell === 'bigint') return Number(cell);
  if (typeof cell !== 'string' || cell.trim() === '') return cell;
  const value = Number(cell);
  return Number.isNaN(value) ? cell : value;
}
