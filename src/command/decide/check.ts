import type { ExitCode } from '../../errors.ts';
import { type CheckReport, checkPolicy as checkTable } from '../../optimize/check.ts';
import type { NamedPolicy } from '../../optimize/problem/options.ts';
import type { Setting } from '../../optimize/setting.ts';
import { policyNotices } from '../../policy/write.ts';
import { toFileNames } from '../../record.ts';
import type { CheckedCase } from '../../report/text/check.ts';
import { toVerdictExitCode } from '../verdict-exit-code.ts';
import type { DecisionRequest } from './decision-request.ts';
import { matchTargets } from './match-targets.ts';
import { type PolicyEvidence, toNamedPolicy } from './options.ts';
import { readCase } from './read-case.ts';
import { listChosenBy } from './sources.ts';

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
  const chosenBy = listChosenBy(sources, asked.policy.evidence);
  const report = unproven(checkTable(table, matched, options), {
    chosenBy,
    others: sources.runs.length - chosenBy.length,
  });
  return {
    report,
    figures: toFileNames(report),
    requests: table.rows,
    runs: sources.runs.map(({ dir }) => dir),
    settings,
    doubts: [...doubts, ...listForgone(asked.policy.evidence, settings)],
    notes: [...known.notes, ...policyNotices(asked.policy), ...notes],
    exitCode: toVerdictExitCode(report.verdict),
  };
}

/** Where some of the rows are those of a run that the policy was chosen by, they prove nothing. */
function unproven(
  report: CheckReport,
  { chosenBy, others }: { readonly chosenBy: readonly string[]; readonly others: number },
): CheckReport {
  if (chosenBy.length === 0 || report.rowsAre === 'in-sample') return report;
  const { needed: _, ...rest } = report;
  if (report.verdict === 'FAIL') return { ...rest, rowsAre: 'in-sample' };
  const next = others > 0 ? 'check it on the others alone' : 'check it on a later run';
  return {
    ...rest,
    rowsAre: 'in-sample',
    verdict: 'INCONCLUSIVE',
    why: `IN-SAMPLE: the policy was chosen by ${chosenBy.join(' and ')}; ${next}`,
  };
}

/** The baseline that the policy was shown against, where this run knows nothing of it. */
function listForgone(evidence: PolicyEvidence | undefined, settings: readonly Setting[]): string[] {
  const own = evidence?.baseline;
  const taken = settings.find(({ name }) => name === 'baseline');
  if (typeof own !== 'string' || !taken || taken.from === 'policy' || taken.from === 'request') {
    return [];
  }
  return [
    `the policy was shown against ${own}, which is no target of this run and no file here: it is held against ${taken.value}. Name another with --baseline`,
  ];
}
