import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { HumanLabel } from '../judge/label/corrected.ts';
import type { LabelRow } from '../judge/label/label-sheet.ts';
import { writeAtomic } from './file/atomic.ts';
import { Journal } from './file/journal.ts';
import { readManifest } from './run.ts';

/** Adds people's labels to a run: rows of `labels.jsonl`. */
export function addLabels(dir: string, labels: readonly HumanLabel[]): void {
  const header = { kind: 'labels', version: 1, arb: readManifest(dir).arb };
  const journal = Journal.open(join(dir, 'labels.jsonl'), header);
  for (const label of labels) journal.add(label);
  journal.close();
}

/** What is to be filled comes last. */
const columns = ['label_id', 'request', 'rubric', 'first', 'second', 'verdict'] as const;

/** Writes a blinded sheet for a person to fill, as CSV without formulas. */
export function writeLabelSheet(file: string, rows: readonly LabelRow[]): void {
  const options = { header: true, columns: [...columns], escape_formulas: true };
  writeAtomic(file, stringify([...rows], options));
}
