import type { GateReport } from '../../compare/gate.ts';
import { type HistoryEntry, type HistoryRun, toHistory } from '../../compare/history.ts';
import type { Night } from '../../compare/night.ts';
import { type ExitCode, exitCodes, UsageError } from '../../errors.ts';
import { describeHistory } from '../../report/sheet/history.ts';
import type { TextReport } from '../../report/sheet/sheet.ts';
import { readGateFile, readNightFile } from '../../store/decision-files.ts';
import { findRuns } from '../../store/find-runs.ts';
import { readManifest } from '../../store/run.ts';
import { readSummary } from '../../store/summary.ts';

export interface HistoryResult {
  /** Oldest first. */
  readonly figures: readonly HistoryRun[];
  readonly text: TextReport;
  readonly exitCode: ExitCode;
}

/**
 * All runs under a folder, oldest first: what each measured, and what was new with it.
 *
 * @param target only this one's figures @default all
 * @throws UsageError where there is no run.
 */
export function history(folder = 'reports', target?: string): HistoryResult {
  const entries = findRuns(folder).map(({ dir }) => readEntry(dir));
  if (entries.length === 0) {
    throw new UsageError(
      `${folder}: no run here. Measure one with "arb bench", or name its folder.`,
    );
  }
  const figures = toHistory(entries, target);
  return { figures, text: describeHistory(figures), exitCode: exitCodes.ok };
}

function readEntry(dir: string): HistoryEntry {
  const summary = readSummary(dir);
  const gate = readGateFile<GateReport>(dir);
  const night = readNightFile<Night>(dir);
  return {
    dir,
    manifest: readManifest(dir),
    ...(summary && { summary }),
    ...(gate && { gate }),
    ...(night && { night }),
  };
}
