import { join } from 'node:path';
import type { Verdict } from '../judge/check/verdict.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { requestKey } from '../workload/request-key.ts';
import { writeAtomic } from './file/atomic.ts';
import { fileModeIn } from './file/file-mode.ts';
import { readOutcomeRows } from './rows.ts';
import { readManifest } from './run.ts';

/**
 * Puts new verdicts into a run: `verdicts.jsonl` is replaced, and every answered row of
 * `outcomes.jsonl` has the quality of its verdict, or none. What failed or was skipped stays.
 */
export async function replaceVerdicts(dir: string, verdicts: readonly Verdict[]): Promise<void> {
  const byCell = new Map(verdicts.map((verdict) => [requestKey(verdict), verdict]));
  const rows: Outcome[] = [];
  for await (const row of readOutcomeRows(dir)) {
    rows.push(row.status === 'ok' ? withVerdict(row, byCell.get(requestKey(row))) : row);
  }
  const header = { version: 1, arb: readManifest(dir).arb };
  const mode = fileModeIn(dir);
  writeAtomic(
    join(dir, 'verdicts.jsonl'),
    jsonLines({ kind: 'verdicts', ...header }, verdicts),
    mode,
  );
  writeAtomic(join(dir, 'outcomes.jsonl'), jsonLines({ kind: 'outcomes', ...header }, rows), mode);
}

function withVerdict(row: Outcome, verdict: Verdict | undefined): Outcome {
  const { quality: _, quality_kind: __, ...rest } = row;
  if (!verdict) return rest;
  return { ...rest, quality: verdict.quality, quality_kind: verdict.quality_kind };
}

function jsonLines(header: object, rows: readonly object[]): string {
  return [header, ...rows].map((row) => `${JSON.stringify(row)}\n`).join('');
}
