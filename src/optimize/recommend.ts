import type { OutcomeTable } from '../outcome/table.ts';
import type { Policy } from '../policy/policy.ts';
import { type Certificate, certify } from './certify/certificate.ts';
import { type FirstLook, firstLook } from './certify/first-look.ts';
import { type Rival, rivalsOf, savingOf } from './certify/rivals.ts';
import { type Score, scoreOf } from './problem/assign.ts';
import { claimOf, type Demand, demandsOf, floorValue } from './problem/demand.ts';
import { formatFloor } from './problem/floor.ts';
import {
  type NamedPolicy,
  type NormalOptions,
  normalise,
  type RecommendOptions,
} from './problem/options.ts';
import { policyLine } from './problem/outcome-vector.ts';
import { classKeys } from './problem/problem.ts';
import { firstOfSession, type Grains, grind } from './problem/row-groups.ts';
import type { Finding } from './problem/sanity.ts';
import { sloFindings } from './problem/slow.ts';
import { type Study, studyOf } from './problem/study.ts';
import { type RuleReport, reportRules } from './rules/report-rules.ts';
import { draftRules } from './rules/routes.ts';
import { className, type Infeasible, type Optimum, optimumOf, routingOf } from './solve/optimum.ts';

/** The optimum of a table, what was proved of it, and what to deploy. Plain data. */
export interface Recommendation {
  readonly status: 'certified' | 'keep-current' | 'uncertified';
  readonly baseline: NamedScore & { readonly kind: 'target' | 'recorded' | 'policy' };
  readonly bestSingle: NamedScore;
  readonly floor: {
    /** As asked: `best-0.02`. */
    readonly text: string;
    /** Mean quality that meets it on these rows. */
    readonly quality: number;
    readonly claims: readonly string[];
  };
  /** The optimum on the rows it was chosen on: never a claim about others. */
  readonly inSample: Score & { readonly saving: number };
  readonly bound: { readonly lowerUsd: number; readonly gap: number };
  readonly optimal: boolean;
  /** `task x 1 threshold`: what "optimal" is said of. */
  readonly class: string;
  /** Present where no policy meets every constraint; the in-sample figures are the baseline's. */
  readonly infeasible?: Infeasible;
  /** Present where a proof was asked for. */
  readonly certificate?: Certificate;
  /** What to deploy, and what it does on all rows given. */
  readonly rules: readonly RuleReport[];
  readonly deployed: Score & { readonly saving: number };
  /** The policy in force, where it is the one to keep. */
  readonly keep?: Policy;
  readonly rivals: readonly Rival[];
  /** Absent where a half of the rows cannot meet the floor. */
  readonly firstLook?: FirstLook;
  readonly findings: readonly Finding[];
}

export interface NamedScore {
  readonly name: string;
  readonly quality: number;
  /** USD per request. */
  readonly costUsd: number;
}

/** Pure and deterministic: the same table and options give the same recommendation. */
export function recommend(table: OutcomeTable, asked: RecommendOptions = {}): Recommendation {
  const question = questionOf(table, asked);
  const { study, demands, grains } = question;
  const found = optimumOf(study, grains, demands);
  const baseline = scoreOf(study, study.baseline);
  const [first] = demands;
  const look = firstLook(study, grains, demands);
  const inSample = 'score' in found ? found.score : baseline;
  return {
    baseline: { kind: study.baseline.kind, ...named(study.baseline.name, baseline) },
    bestSingle: named(study.best.name, scoreOf(study, study.best)),
    floor: {
      text: formatFloor(study.options.floor),
      quality: first ? floorValue(study, first) : 0,
      claims: demands.map(claimOf),
    },
    inSample: { ...inSample, saving: savingOf(inSample.costUsd, baseline.costUsd) },
    ...boundOf(found, inSample),
    class: className(study, grains),
    ...deployment(question, found),
    rivals: rivalsOf(study, inSample.costUsd),
    ...(look && { firstLook: look }),
    findings: [...study.findings, ...sloFindings(study)],
  };
}

/** A table and options made ready: who competes, at what floors, cut into which cells. */
export interface Question {
  readonly study: Study;
  readonly demands: readonly Demand[];
  readonly grains: Grains;
}

export function questionOf(table: OutcomeTable, asked: RecommendOptions): Question {
  const options = normalise(asked);
  const study = studyOf(table, options);
  const demands = demandsOf(study);
  return { study, demands, grains: grainsOf(study, options, options.maxThresholds) };
}

function grainsOf(study: Study, { sticky }: NormalOptions, thresholds: number): Grains {
  const first = sticky === 'session' ? firstOfSession(study.table) : undefined;
  const keys = classKeys(study).filter((key) => thresholds > 0 || key !== 'input_tokens');
  return grind(study.table, keys, thresholds, first);
}

function boundOf(
  found: Optimum | Infeasible,
  { costUsd }: Score,
): Pick<Recommendation, 'bound' | 'optimal' | 'infeasible'> {
  if (!('routing' in found)) {
    return { bound: { lowerUsd: costUsd, gap: 0 }, optimal: false, infeasible: found };
  }
  return { bound: { lowerUsd: found.lower, gap: found.gap }, optimal: found.gap === 0 };
}

type Deployment = Pick<Recommendation, 'status' | 'rules' | 'deployed' | 'certificate' | 'keep'>;

/** The certified policy; without a proof the optimum as it stands; else what is there today. */
function deployment(question: Question, found: Optimum | Infeasible): Deployment {
  const { study, demands, grains } = question;
  if (!('routing' in found)) return kept(study);
  const reported = (routing: Optimum['routing']) => ({
    rules: reportRules(study, routing, draftRules(study, routing.grains, routing.pieces)),
    deployed: withSaving(study, scoreOf(study, routing.line)),
  });
  if (study.options.proof === 'none') return { status: 'uncertified', ...reported(found.routing) };
  const plain = grains.thresholds > 0 ? [grainsOf(study, study.options, 0)] : [];
  const { certificate, deployed } = certify(study, [grains, ...plain], demands);
  if (!deployed) return { ...kept(study), certificate };
  const { current } = study.options;
  if (current && certificate.hold) return { ...held(study, current), certificate };
  const routing = routingOf(study, deployed.grains, deployed.pieces);
  return { status: 'certified', ...reported(routing), certificate };
}

/** The policy in force, which passed the same tests. */
function held(study: Study, current: NamedPolicy): Deployment {
  const score = scoreOf(study, policyLine(study.table, current));
  const { rules } = kept(study);
  return {
    status: 'certified',
    rules: rules.map((rule) => ({ ...rule, use: current.name, score })),
    deployed: withSaving(study, score),
    keep: current.policy,
  };
}

function kept(study: Study): Deployment {
  const { baseline, options, table } = study;
  const score = scoreOf(study, baseline);
  const { baseline: asked } = options;
  const keep = typeof asked === 'object' ? asked.policy : undefined;
  const rule: RuleReport = {
    ...{ name: 'otherwise', use: baseline.name, pieces: [], fallback: [] },
    chain: {
      fallback: [],
      costUsd: score.costUsd,
      quality: score.quality,
      ...{ failsFirst: 0, failsAll: 0, slow: [] },
    },
    ...{ score, baseline: score, share: table.rows > 0 ? 1 : 0, savesUsd: 0 },
    change: { estimate: 0, low: 0, high: 0 },
  };
  return {
    status: 'keep-current',
    rules: [rule],
    deployed: { ...score, saving: 0 },
    ...(keep && { keep }),
  };
}

function withSaving(study: Study, score: Score): Score & { readonly saving: number } {
  return { ...score, saving: savingOf(score.costUsd, scoreOf(study, study.baseline).costUsd) };
}

function named(name: string, { quality, costUsd }: Score): NamedScore {
  return { name, quality, costUsd };
}
