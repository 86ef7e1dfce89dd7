import type { OutcomeVector } from '../outcome/outcome-vector.ts';
import type { OutcomeTable } from '../outcome/table.ts';
import { certify, mixScores } from './certify/certificate.ts';
import { firstLook } from './certify/first-look.ts';
import { compareToBaseline, type QualityChange } from './compare/paired.ts';
import { computeSaving, findRivals } from './compare/rivals.ts';
import { measureService, mixService } from './compare/service.ts';
import { compareTasks } from './compare/task-changes.ts';
import { type Score, scoreRows } from './problem/assign.ts';
import { describeClaim, floorValue } from './problem/demand.ts';
import { formatFloor } from './problem/floor.ts';
import type { NamedPolicy, RecommendOptions } from './problem/options.ts';
import { policyVector } from './problem/policy-vector.ts';
import type { Finding } from './problem/sanity.ts';
import { sloFindings } from './problem/slow.ts';
import type { Study } from './problem/study.ts';
import { nameParties, unknownCostFindings } from './problem/unknown-costs.ts';
import { createGroups, createQuestion, type Question } from './question.ts';
import type { DeployedScore, NamedScore, Recommendation } from './recommendation.ts';
import { fingerprintTable } from './rows/fingerprint.ts';
import { everyRow } from './rows/units.ts';
import { type RuleReport, reportRules } from './rules/report-rules.ts';
import { draftRules } from './rules/routes.ts';
import { describeMix } from './shift.ts';
import {
  className,
  createRouting,
  findOptimum,
  type Infeasible,
  type NotFound,
  type Optimum,
} from './solve/optimum.ts';
import { boundPerRequest } from './views.ts';

const roundShare = (share: number) => Math.round(share * 1e4) / 1e4;

/** Rows times targets up to which the bound of any router is worked out: 60 passes over them. */
const boundSize = 500_000;

/**
 * Finds the cheapest policy of the asked class that keeps its floors, and tests it on rows that the
 * search did not see. Pure and deterministic: the same table and options give the same recommendation,
 * but for a search that `timeLimitMs` stops.
 *
 * @throws UsageError for options that contradict each other or the table, TargetsError where
 *   no target has answers with a price
 */
export function recommendTable(table: OutcomeTable, asked: RecommendOptions = {}): Recommendation {
  const question = createQuestion(table, asked);
  const { study, demands, groups } = question;
  const found = findOptimum(study, groups, demands);
  const baseline = scoreRows(study, study.baseline);
  const [first] = demands;
  const look = firstLook(study, groups, demands);
  const deployed = deployment(question, found);
  const inSample = 'score' in found ? found.score : baseline;
  const optimum = 'routing' in found ? found.routing.vector : study.baseline;
  return {
    baseline: { kind: study.baseline.kind, ...named(study.baseline.name, baseline) },
    bestSingle: named(study.best.name, scoreRows(study, study.best)),
    floor: {
      text: formatFloor(study.options.floor),
      quality: first ? floorValue(study, first) : 0,
      claims: demands.map(describeClaim),
    },
    inSample: {
      ...inSample,
      saving: computeSaving(inSample.costUsd, baseline.costUsd),
      service: measureService(table, optimum),
    },
    ...describeBound(found, inSample),
    class: className(study, groups),
    ...deployed,
    rivals: findRivals(
      study,
      deployed.status === 'certified' ? deployed.deployed.costUsd : inSample.costUsd,
    ),
    ...(table.rows * study.names.length <= boundSize && demands.length === 1
      ? { anyRouterUsd: boundPerRequest(question) }
      : {}),
    ...(look && { firstLook: look }),
    findings: [
      ...study.findings,
      ...unknownCostFindings(table, groups, nameParties(study)),
      ...sloFindings(study),
      ...unfinished(study),
    ],
    fingerprint: fingerprintTable(table),
    mix: describeMix(table, {
      units: study.units.names.count,
      rules: Object.fromEntries(deployed.rules.map(({ name, share }) => [name, roundShare(share)])),
    }),
  };
}

function describeBound(
  found: Optimum | Infeasible | NotFound,
  { costUsd }: Score,
): Pick<Recommendation, 'bound' | 'optimal' | 'infeasible' | 'notFound'> {
  if ('lowerUsd' in found) {
    const gap = costUsd > 0 ? Math.max(0, 1 - found.lowerUsd / costUsd) : 0;
    return { bound: { lowerUsd: found.lowerUsd, gap }, optimal: false, notFound: found };
  }
  if (!('routing' in found)) {
    return { bound: { lowerUsd: costUsd, gap: 0 }, optimal: false, infeasible: found };
  }
  return { bound: { lowerUsd: found.lower, gap: found.gap }, optimal: found.gap === 0 };
}

/** What the search gave up, so that nothing is left out in silence. */
function unfinished({ budget }: Study): Finding[] {
  const given = [...new Set(budget.unfinished)];
  if (given.length === 0) return [];
  const text = `the search ended without: ${given.join('; ')}. Give it more time (--time-limit)`;
  return [{ kind: 'unfinished', about: 'search', text }];
}

type Deployment = Pick<
  Recommendation,
  'status' | 'rules' | 'deployed' | 'taskChanges' | 'certificate' | 'keep'
>;

/** The certified policy; without a proof the optimum as it stands; else what is there today. */
function deployment(question: Question, found: Optimum | Infeasible | NotFound): Deployment {
  const { study, demands, groups } = question;
  if (!('routing' in found)) return kept(study);
  if (study.options.proof === 'none') {
    return { status: 'uncertified', ...deploy(study, found.routing, 1) };
  }
  const plain = groups.thresholds > 0 ? [createGroups(study, study.options, 0)] : [];
  const { certificate, deployed } = certify(study, [groups, ...plain], demands);
  if (!deployed) return { ...kept(study), certificate };
  const { current } = study.options;
  if (current && certificate.kept) return { ...held(study, current), certificate };
  const routing = createRouting(study, deployed.groups, deployed.pieces);
  const share = deployed.arm?.share ?? 1;
  return { status: 'certified', ...deploy(study, routing, share), certificate };
}

/** A routing that a share of all traffic follows, while the rest stays with the baseline. */
function deploy(
  study: Study,
  routing: Optimum['routing'],
  share: number,
): Pick<Deployment, 'rules' | 'deployed' | 'taskChanges'> {
  const { vector, groups, pieces } = routing;
  const rules = reportRules(study, routing, draftRules(study, groups, pieces));
  return {
    rules: rules.map((rule) => ({ ...rule, savesUsd: share * rule.savesUsd })),
    deployed: describeDeployed(study, vector, share),
    taskChanges: compareTasks(study, vector).map((task) => ({ ...task, ...scale(task, share) })),
  };
}

function describeDeployed(study: Study, vector: OutcomeVector, share: number): DeployedScore {
  const { table, baseline } = study;
  const paid = scoreRows(study, baseline);
  const score = mixScores(scoreRows(study, vector), paid, share);
  const service = measureService(table, vector);
  return {
    ...score,
    saving: computeSaving(score.costUsd, paid.costUsd),
    service: share === 1 ? service : mixService(service, measureService(table, baseline), share),
    change: scale(compareToBaseline(study, vector)(everyRow(table.rows)), share),
  };
}

const scale = ({ estimate, low, high }: QualityChange, share: number): QualityChange => ({
  estimate: share * estimate,
  low: share * low,
  high: share * high,
});

/** The policy in force, which passed the same tests. */
function held(study: Study, current: NamedPolicy): Deployment {
  const vector = policyVector(study.table, current);
  const deployed = describeDeployed(study, vector, 1);
  const { rules } = kept(study);
  return {
    status: 'certified',
    rules: rules.map((rule) => ({ ...rule, use: current.name, score: deployed })),
    deployed,
    taskChanges: compareTasks(study, vector),
    keep: current.policy,
  };
}

function kept(study: Study): Deployment {
  const { baseline, options, table } = study;
  const score = scoreRows(study, baseline);
  const { baseline: asked } = options;
  const keep = typeof asked === 'object' ? asked.policy : undefined;
  const rule: RuleReport = {
    name: 'otherwise',
    use: baseline.name,
    pieces: [],
    fallback: [],
    chain: {
      fallback: [],
      costUsd: score.costUsd,
      quality: score.quality,
      failsFirst: 0,
      failsAll: 0,
      slow: [],
    },
    score,
    baseline: score,
    share: table.rows > 0 ? 1 : 0,
    savesUsd: 0,
    change: { estimate: 0, low: 0, high: 0 },
  };
  return {
    status: 'keep-current',
    rules: [rule],
    deployed: describeDeployed(study, baseline, 1),
    taskChanges: [],
    ...(keep && { keep }),
  };
}

function named(name: string, { quality, costUsd }: Score): NamedScore {
  return { name, quality, costUsd };
}
