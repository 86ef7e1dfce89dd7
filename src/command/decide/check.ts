import { type ExitCode, exitCodes } from '../../errors.ts';
import { type CheckReport, check as checkTable } from '../../optimize/check.ts';
import type { NamedPolicy } from '../../optimize/problem/options.ts';
import type { DecisionRequest } from './decision-request.ts';
import { toNamedPolicy } from './options.ts';
import { readCase } from './read-case.ts';

/** What a check found, and how the command line ends. */
export interface CheckResult {
  readonly report: CheckReport;
  /** Requests it was checked on. */
  readonly requests: number;
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
  readonly exitCode: ExitCode;
}

/**
 * Whether a given policy holds on a run: priced, scored and tested with every row.
 *
 * @throws UsageError where the request names what is not there, or not valid.
 */
export async function check(
  policy: string | NamedPolicy,
  request: DecisionRequest = {},
): Promise<CheckResult> {
  const { table, options, doubts, notes } = await readCase(request);
  const report = checkTable(table, toNamedPolicy(policy), options);
  return { report, requests: table.rows, doubts, notes, exitCode: exitCodeOf(report) };
}

function exitCodeOf({ verdict }: CheckReport): ExitCode {
  switch (verdict) {
    case 'PASS':
      return exitCodes.ok;
    case 'FAIL':
      return exitCodes.no;
    case 'INCONCLUSIVE':
      return exitCodes.inconclusive;
  }
}
