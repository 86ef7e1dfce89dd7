import { resolve } from 'node:path';
import { compareRuns, type RunComparison } from '../../compare/compare-runs.ts';
import { readRunRows } from '../../compare/run-rows.ts';
import { type ExitCode, exitCodes, UsageError } from '../../errors.ts';
import { describeComparison } from '../../report/sheet/comparison.ts';
import type { TextReport } from '../../report/sheet/sheet.ts';

/** What changed between two runs. */
export interface CompareResult {
  readonly figures: RunComparison;
  readonly text: TextReport;
  readonly exitCode: ExitCode;
}

/**
 * Compares two run directories, the earlier one first: differences with 95 % limits, by target and by
 * task. What the runs do not share (vantage, load, judges) is named, and what depends on it left out.
 *
 * @throws UsageError where one is no run, both are the same one, or they share no target.
 */
export async function compare(before: string, after: string): Promise<CompareResult> {
  if (resolve(before) === resolve(after)) {
    throw new UsageError(`${after}: is the same run. Name an earlier one before it.`);
  }
  const figures = compareRuns(await readRunRows(before), await readRunRows(after));
  return { figures, text: describeComparison(figures), exitCode: exitCodes.ok };
}
