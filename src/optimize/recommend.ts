import type { OutcomeTable } from '../outcome/table.ts';
import { type NormalOptions, normalise, type RecommendOptions } from './ask.ts';
import { type Score, scoreOf } from './assign.ts';
import { claimOf, demandsOf, floorValue } from './demand.ts';
import { type FirstLook, firstLook } from './first-look.ts';
import { formatFloor } from './floor.ts';
import { firstOfSession, grind } from './grains.ts';
import { className, optimumOf, type Routing } from './optimum.ts';
import { classKeys } from './problem.ts';
import { type RuleReport, reportRules } from './report-rules.ts';
import { type Rival, rivalsOf, savingOf } from './rivals.ts';
import { draftRules } from './routes.ts';
import type { Finding } from './sanity.ts';
import { type Study, studyOf } from './study.ts';

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
  /** What to deploy. */
  readonly rules: readonly RuleReport[];
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
  const options = normalise(asked);
  const study = studyOf(table, options);
  const demands = demandsOf(study);
  const grains = grind(table, classKeys(study), options.maxThresholds, sticky(table, options));
  const optimum = optimumOf(study, grains, demands);
  const baseline = scoreOf(study, study.baseline);
  const best = scoreOf(study, study.best);
  const first = demands[0];
  const look = firstLook(study, grains, demands);
  return {
    status: 'uncertified',
    baseline: { kind: study.baseline.kind, ...named(study.baseline.name, baseline) },
    bestSingle: named(study.best.name, best),
    floor: {
      text: formatFloor(options.floor),
      quality: first ? floorValue(study, first) : 0,
      claims: demands.map(claimOf),
    },
    inSample: { ...optimum.score, saving: savingOf(optimum.score.costUsd, baseline.costUsd) },
    bound: { lowerUsd: optimum.lower, gap: optimum.gap },
    optimal: optimum.gap === 0,
    class: className(study, grains),
    rules: rulesOf(study, optimum.routing),
    rivals: rivalsOf(study, optimum.score.costUsd),
    ...(look && { firstLook: look }),
    findings: study.findings,
  };
}

function sticky(table: OutcomeTable, options: NormalOptions): Int32Array | undefined {
  return options.sticky === 'session' ? firstOfSession(table) : undefined;
}

function named(name: string, { quality, costUsd }: Score): NamedScore {
  return { name, quality, costUsd };
}

function rulesOf(study: Study, routing: Routing): readonly RuleReport[] {
  return reportRules(study, routing, draftRules(study, routing.grains, routing.pieces));
}
