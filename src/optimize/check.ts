import { asBaseline, type OutcomeVector } from '../outcome/outcome-vector.ts';
import type { OutcomeTable } from '../outcome/table.ts';
import { toArms } from '../policy/decide.ts';
import type { Policy, Rule } from '../policy/policy.ts';
import { type Advice, adviseRequests, formatAdvice, noNumber } from './certify/advice.ts';
import { chooseShare, mixScores } from './certify/certificate.ts';
import { type Test, type Tested, testPolicy } from './certify/tests.ts';
import { findUnmet } from './certify/unmet.ts';
import type { Arm } from './compare/arm.ts';
import { compareVectors, differenceInterval, type QualityChange } from './compare/paired.ts';
import { findRivals, type Rival } from './compare/rivals.ts';
import { measureSaving, type Saving } from './compare/saving.ts';
import { measureService, type ServiceFigures } from './compare/service.ts';
import { type Score, scoreRows } from './problem/assign.ts';
import { describeClaim } from './problem/demand.ts';
import type { NamedPolicy, RecommendOptions } from './problem/options.ts';
import { policyVector, ruleByRow } from './problem/policy-vector.ts';
import type { Finding } from './problem/sanity.ts';
import { formatSlo } from './problem/slo.ts';
import { measureSlow, type Slowness, sloFindings } from './problem/slow.ts';
import type { Study } from './problem/study.ts';
import { nameParties, unknownCostFindings } from './problem/unknown-costs.ts';
import { createQuestion, type Question } from './question.ts';
import type { NamedScore } from './recommendation.ts';
import { fingerprintTable } from './rows/fingerprint.ts';
import { cutRows } from './rows/parts.ts';
import { everyRow } from './rows/units.ts';
import { describeMix, findShift } from './shift.ts';

/** Whether a given policy holds on a table: priced, scored and tested with every row. */
export interface CheckReport {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  readonly why: string;
  readonly claim: string;
  readonly alpha: number;
  readonly tests: readonly Test[];
  /**
   * What the rows have to do with the choice of the policy: `fresh` as far as its evidence says,
   * `same-requests` measured again (then the certify part alone is tested), or the very outcomes that
   * it was chosen by.
   */
  readonly rowsAre: 'fresh' | 'same-requests' | 'in-sample';
  /** Rows tested. */
  readonly tested: number;
  /** The part of the sessions that follows the policy's first arms, where it splits them. */
  readonly arm?: Arm;
  /** Requests that would settle it, where it is not settled and some number would. */
  readonly needed?: Advice;
  readonly policy: NamedScore & { readonly id: string; readonly service: ServiceFigures };
  readonly baseline: NamedScore & { readonly kind: 'target' | 'recorded' | 'policy' };
  readonly bestSingle: NamedScore;
  /** With limits. */
  readonly saving: Saving;
  /** Quality against what the first floor is relative to, all traffic, with 95 % limits by units. */
  readonly change: QualityChange;
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
  readonly change: QualityChange;
}

/**
 * Tests a policy on a table. Where its evidence names the same requests, only those that did not
 * choose it are tested; on the outcomes it was chosen by it is IN-SAMPLE, whatever the tests say.
 *
 * @throws UsageError
 */
export function checkPolicy(
  table: OutcomeTable,
  named: NamedPolicy,
  asked: RecommendOptions = {},
): CheckReport {
  const question = createQuestion(table, asked);
  const { study, demands } = question;
  const { arm, followed } = findArm(study, named.policy);
  const share = arm?.share ?? 1;
  const vector = policyVector(table, { name: named.name, policy: followed });
  const { rowsAre, rows } = freshRows(study, named.policy);
  const tested = testPolicy(study, vector, { demands, rows, ...(arm && { arm }) });
  const unmet = findUnmet(study, named.policy);
  const baseline = scoreRows(study, study.baseline);
  const score = mixScores(scoreRows(study, vector), baseline, share);
  const best = scoreRows(study, study.best);
  const [compared] = tested.comparisons;
  const limits = compared ? differenceInterval(compared) : { low: -1, high: 1 };
  const all = policyVector(table, named);
  const rules = checkRules(study, named);
  return {
    ...judgeCheck(question, { tested, unmet, rowsAre, arm, vector, rows }),
    claim: [...demands.map(describeClaim), ...study.options.slos.map(formatSlo)].join('; '),
    alpha: study.options.alpha,
    tests: tested.tests,
    rowsAre,
    tested: rows.length,
    ...(arm && { arm }),
    policy: {
      id: named.policy.id,
      ...nameScore(named.name, score),
      service: measureService(table, all),
    },
    baseline: { kind: study.baseline.kind, ...nameScore(study.baseline.name, baseline) },
    bestSingle: nameScore(study.best.name, best),
    saving: measureSaving(study, vector, { rows, share }),
    change: {
      estimate: share * (compared?.difference ?? 0),
      low: share * limits.low,
      high: share * limits.high,
    },
    slow: study.options.slos.map((slo) => {
      const { slow, n } = measureSlow(study, all, { slo });
      return { slo: formatSlo(slo), slow, n };
    }),
    rules,
    unmet,
    unjudgedShare: tested.unjudgedShare,
    rivals: findRivals(study, score.costUsd),
    findings: [
      ...study.findings,
      ...unknownCostFindings(table, question.groups, nameParties(study)),
      ...sloFindings(study),
      ...findShift(
        named.policy.evidence?.mix,
        describeMix(table, {
          units: study.units.names.count,
          rules: Object.fromEntries(rules.map((rule) => [rule.name, rule.share])),
        }),
      ),
    ],
  };
}

interface Followed {
  /** Absent where all traffic follows the policy. */
  readonly arm?: Arm;
  /** The policy with its arm as if it were all. */
  readonly followed: Policy;
}

/**
 * The arm of a policy that splits its sessions between what it chose and the baseline, the same share
 * by the same salt in every rule: its claim is then tested within the arm. Any other split counts as
 * the expectation over its arms.
 */
function findArm(study: Study, policy: Policy): Followed {
  const splits = policy.rules.flatMap(({ split }) => (split ? [split] : []));
  const arms = splits.map(({ to, salt, by }) => {
    const [first, rest] = to;
    const total = to.reduce((sum, { weight }) => sum + weight, 0);
    const stays = to.length === 2 && rest?.target === study.baseline.name;
    return { share: stays && first && salt ? first.weight / total : 0, salt: salt ?? '', by };
  });
  const [arm] = arms;
  const same = arms.every(({ share, salt }) => share === arm?.share && salt === arm.salt);
  const others = policy.rules.every(({ use, split }) => split || use === study.baseline.name);
  if (!arm || arm.share === 0 || !same || !others) return { followed: policy };
  const rules = policy.rules.map((rule): Rule => {
    const { split, ...rest } = rule;
    return split ? { ...rest, use: split.to[0]?.target } : rule;
  });
  return { arm: { ...arm, loss: study.options.armLoss }, followed: { ...policy, rules } };
}

/** The rows that had no part in choosing a policy, as far as its evidence says. */
function freshRows(
  { table, units, options }: Study,
  { evidence }: Policy,
): Pick<CheckReport, 'rowsAre'> & { readonly rows: Int32Array } {
  const all = everyRow(table.rows);
  const seen = fingerprintTable(table);
  if (evidence?.outcomes === seen.outcomes) return { rowsAre: 'in-sample', rows: all };
  if (evidence?.requests !== seen.requests) return { rowsAre: 'fresh', rows: all };
  const salt = typeof evidence.split_salt === 'string' ? evidence.split_salt : options.splitSalt;
  const [, certify = all] = cutRows(units, salt, [chooseShare]);
  return { rowsAre: 'same-requests', rows: certify };
}

interface Checked {
  readonly tested: Tested;
  readonly unmet: readonly string[];
  readonly rowsAre: CheckReport['rowsAre'];
  readonly arm: Arm | undefined;
  readonly vector: OutcomeVector;
  readonly rows: Int32Array;
}

function judgeCheck(
  question: Question,
  checked: Checked,
): Pick<CheckReport, 'verdict' | 'why' | 'needed'> {
  const { tested, unmet, rowsAre } = checked;
  const [broken] = unmet;
  if (broken !== undefined) return { verdict: 'FAIL', why: broken };
  const refuted = tested.tests.find((test) => test.refuted);
  if (refuted) {
    return { verdict: 'FAIL', why: `these rows show the contrary of "${refuted.claim}"` };
  }
  if (rowsAre === 'in-sample') {
    const why = 'IN-SAMPLE: the policy was chosen by these outcomes; check it on a later run';
    return { verdict: 'INCONCLUSIVE', why };
  }
  if (tested.passed) return { verdict: 'PASS', why: 'every test passed' };
  const { study, demands } = question;
  const plan = { vector: checked.vector, arm: checked.arm };
  const needed = adviseRequests(study, [plan], { demands, rows: checked.rows, certifyShare: 1 });
  if (!needed) return { verdict: 'INCONCLUSIVE', why: noNumber };
  return { verdict: 'INCONCLUSIVE', why: `${formatAdvice(needed)} would settle it`, needed };
}

function checkRules(study: Study, { name, policy }: NamedPolicy): CheckedRule[] {
  const vector = policyVector(study.table, { name, policy });
  const met = ruleByRow(study.table, policy);
  const all = Int32Array.from(met.keys());
  const reference = asBaseline(study.baseline);
  return policy.rules.map((rule, index): CheckedRule => {
    const rows = all.filter((row) => met[row] === index);
    const score = scoreRows(study, vector, rows);
    const baseline = scoreRows(study, study.baseline, rows);
    const share = rows.length / Math.max(1, study.table.rows);
    const paired = compareVectors(study, [vector, reference], rows);
    const { low, high } = differenceInterval(paired);
    return {
      name: rule.name,
      use: toArms(rule).map(({ target }) => target),
      share,
      score,
      baseline,
      savesUsd: share * (baseline.costUsd - score.costUsd),
      change: { estimate: paired.difference, low, high },
    };
  });
}

function nameScore(name: string, { quality, costUsd }: Score): NamedScore {
  return { name, quality, costUsd };
}
