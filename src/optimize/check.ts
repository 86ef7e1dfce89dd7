import { asBaseline } from '../outcome/outcome-vector.ts';
import type { OutcomeTable } from '../outcome/table.ts';
import { toArms } from '../policy/decide.ts';
import type { Rule } from '../policy/policy.ts';
import type { Interval } from '../statistics/proportion.ts';
import { tangoInterval } from '../statistics/tango.ts';
import { pairedOf } from './certify/paired.ts';
import { type Rival, rivalsOf } from './certify/rivals.ts';
import { unmetOf } from './certify/unmet.ts';
import {
  mostUnjudged,
  needed,
  savingInterval,
  type Test,
  type Tested,
  testPolicy,
} from './certify/verdict.ts';
import { type Score, scoreRows } from './problem/assign.ts';
import { claimOf } from './problem/demand.ts';
import type { NamedPolicy, RecommendOptions } from './problem/options.ts';
import { everyRow } from './problem/parts.ts';
import { policyVector, ruleByRow } from './problem/policy-vector.ts';
import type { Finding } from './problem/sanity.ts';
import { formatSlo } from './problem/slo.ts';
import { type Slowness, sloFindings, slowOf } from './problem/slow.ts';
import type { Study } from './problem/study.ts';
import { createQuestion } from './recommend.ts';
import type { NamedScore } from './recommendation.ts';

/** Whether a given policy holds on a table: priced, scored and tested with every row. */
export interface CheckReport {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  readonly why: string;
  readonly claim: string;
  readonly alpha: number;
  readonly tests: readonly Test[];
  /** Requests that would settle it, where it is not settled and some number would. */
  readonly needed?: number;
  readonly policy: NamedScore & { readonly id: string };
  readonly baseline: NamedScore & { readonly kind: 'target' | 'recorded' | 'policy' };
  readonly bestSingle: NamedScore;
  /** With 95 % limits. */
  readonly saving: Interval & { readonly estimate: number };
  /** Quality against what the first floor is relative to, with 95 % limits. */
  readonly change: Interval & { readonly estimate: number };
  readonly slow: readonly (Slowness & { readonly slo: string })[];
  readonly rules: readonly CheckedRule[];
  /** Hard requirements that the policy breaks, each in words. */
  readonly unmet: readonly string[];
  readonly unjudgedShare: number;
  readonly rivals: readonly Rival[];
  readonly findings: readonly Finding[];
}

export interface CheckedRule {
  readonly name: string;
  readonly use: readonly string[];
  readonly share: number;
  readonly score: Score;
  readonly baseline: Score;
  /** USD per request of the whole traffic. */
  readonly savesUsd: number;
  readonly change: Interval & { readonly estimate: number };
}

/** Nothing was chosen on these rows, so all of them may judge. @throws UsageError */
export function check(
  table: OutcomeTable,
  named: NamedPolicy,
  asked: RecommendOptions = {},
): CheckReport {
  const { study, demands } = createQuestion(table, asked);
  const line = policyVector(table, named);
  const rows = everyRow(table.rows);
  const tested = testPolicy(study, line, { demands, rows });
  const unmet = unmetOf(study, named.policy);
  const score = scoreRows(study, line);
  const baseline = scoreRows(study, study.baseline);
  const best = scoreRows(study, study.best);
  const [demand] = demands;
  const [compared] = tested.comparisons;
  return {
    ...verdictOf(tested, unmet, demand && compared && needed(study, demand, compared)),
    claim: [...demands.map(claimOf), ...study.options.slos.map(formatSlo)].join('; '),
    alpha: study.options.alpha,
    tests: tested.tests,
    policy: { id: named.policy.id, ...scored(named.name, score) },
    baseline: { kind: study.baseline.kind, ...scored(study.baseline.name, baseline) },
    bestSingle: scored(study.best.name, best),
    saving: savingInterval(study, line, rows),
    change: { estimate: compared?.difference ?? 0, ...(compared ? tangoInterval(compared) : none) },
    slow: study.options.slos.map((slo) => ({ slo: formatSlo(slo), ...slowOf(study, line, slo) })),
    rules: rulesOf(study, named),
    unmet,
    unjudgedShare: tested.unjudgedShare,
    rivals: rivalsOf(study, score.costUsd),
    findings: [...study.findings, ...sloFindings(study)],
  };
}

const none = { low: -1, high: 1 };

function verdictOf(
  { tests, passed, unjudgedShare }: Tested,
  unmet: readonly string[],
  rows: number | undefined,
): Pick<CheckReport, 'verdict' | 'why' | 'needed'> {
  const [broken] = unmet;
  if (broken !== undefined) return { verdict: 'FAIL', why: broken };
  const refuted = tests.find((test) => test.refuted);
  if (refuted)
    return { verdict: 'FAIL', why: `these rows show the contrary of "${refuted.claim}"` };
  if (passed) return { verdict: 'PASS', why: 'every test passed' };
  if (unjudgedShare > mostUnjudged) {
    const percent = (100 * unjudgedShare).toFixed(1);
    return { verdict: 'INCONCLUSIVE', why: `${percent} % of the rows have no score` };
  }
  if (rows === undefined) return { verdict: 'INCONCLUSIVE', why: 'no number of requests would do' };
  return { verdict: 'INCONCLUSIVE', why: `about ${rows} requests would settle it`, needed: rows };
}

function rulesOf(study: Study, { name, policy }: NamedPolicy): CheckedRule[] {
  const line = policyVector(study.table, { name, policy });
  const met = ruleByRow(study.table, policy);
  const all = Int32Array.from(met.keys());
  const reference = asBaseline(study.baseline);
  return policy.rules.map((rule, index): CheckedRule => {
    const rows = all.filter((row) => met[row] === index);
    const score = scoreRows(study, line, rows);
    const baseline = scoreRows(study, study.baseline, rows);
    const share = rows.length / Math.max(1, study.table.rows);
    const paired = pairedOf(study.table, line, reference, rows);
    return {
      ...{ name: rule.name, use: usedBy(rule), share, score, baseline },
      savesUsd: share * (baseline.costUsd - score.costUsd),
      change: { estimate: paired.difference, ...tangoInterval(paired) },
    };
  });
}

function usedBy(rule: Rule): string[] {
  return toArms(rule).map(({ target }) => target);
}

function scored(name: string, { quality, costUsd }: Score): NamedScore {
  return { name, quality, costUsd };
}
