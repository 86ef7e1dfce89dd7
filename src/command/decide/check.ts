import type { ExitCode } from '../../errors.ts';
import { checkPolicy as checkTable } from '../../optimize/check.ts';
import type { NamedPolicy } from '../../optimize/problem/options.ts';
import { policyNotices } from '../../policy/write.ts';
import type { CheckedCase } from '../../report/text/check.ts';
import { toVerdictExitCode } from '../verdict-exit-code.ts';
import type { DecisionRequest } from './decision-request.ts';
import { matchTargets } from './match-targets.ts';
import { toNamedPolicy } from './options.ts';
import { readCase } from './read-case.ts';
import { toFileNames } from './summary.ts';

/** What a check found, and how the command line ends. */
export interface CheckResult extends CheckedCase {
  /** The report with the names that files have. */
  readonly figures: object;
  /** Run directories it was checked on; empty for a table that is no run's. */
  readonly runs: readonly string[];
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
  const asked = toNamedPolicy(policy);
  const known = await readCase(request, asked.policy.evidence);
  const { table, options, doubts, settings, sources, targets } = known;
  const { notes, ...matched } = matchTargets(asked, targets, table.targets);
  const report = checkTable(table, matched, options);
  return {
    report,
    figures: toFileNames(report),
    requests: table.rows,
    runs: sources.runs.map(({ dir }) => dir),
    settings,
    doubts,
    notes: [...known.notes, ...policyNotices(asked.policy), ...notes],
    exitCode: toVerdictExitCode(report.verdict),
  };
}
