import type { Arbitrage } from '../../arbitrage/arbitrage.ts';
import { type ExitCode, exitCodes } from '../../errors.ts';
import { draftPolicy } from '../../optimize/draft.ts';
import { recommend as findOptimum } from '../../optimize/recommend.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import { type Change, changesSince, switchPoints } from '../../optimize/switch-points.ts';
import { type FrontierView, frontierOf, targetValues } from '../../optimize/views.ts';
import { readOutcomes } from '../../outcome/read.ts';
import type { Policy } from '../../policy/policy.ts';
import { makePolicy } from '../../policy/write.ts';
import { arbitrageIn } from '../measure/routes/of-run.ts';
import { version } from '../version.ts';
import type { RecommendRequest } from './decision-request.ts';
import { toEvidence } from './evidence.ts';
import { type DecisionCase, readCase } from './read-case.ts';
import { findSources } from './sources.ts';
import { summarise } from './summary.ts';
import { toPolicyTargets } from './target-facts.ts';

/** What was found, what to put in force, and how the command line ends. */
export interface RecommendResult extends DecisionViews {
  readonly policy: Policy;
  readonly found: Recommendation;
  /** Requests it was decided on. */
  readonly requests: number;
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
  readonly arbitrage: Arbitrage;
  /** The figures as `--summary` writes them. */
  readonly summary: object;
  readonly exitCode: ExitCode;
}

/** Further looks at a decision, each where it was asked for. */
export interface DecisionViews {
  readonly frontier?: FrontierView;
  readonly values?: readonly TargetValue[];
  readonly since?: { readonly run: string; readonly changes: readonly Change[] };
}

/** What a target is worth to the optimum. */
export interface TargetValue {
  readonly target: string;
  /** USD per request that the optimum loses without it; infinite where no policy is left. */
  readonly losesUsd: number;
  /** It is used at its present cost. */
  readonly used: boolean;
  /** Share of its present cost at which it would be used; absent where it never would be. */
  readonly atCost?: number;
}

/**
 * Finds the cheapest policy that keeps its floors, tests it on requests that the search did not
 * see, and says what to put in force.
 *
 * @throws UsageError where the request names what is not there, or not valid.
 */
export async function recommend(
  request: RecommendRequest & { readonly now?: Date } = {},
): Promise<RecommendResult> {
  const known = await readCase(request);
  const { table, options, sources, targets, loaded, list } = known;
  const found = findOptimum(table, options);
  const sticky = loaded?.config.policy.sticky;
  const policy = makePolicy(
    draftPolicy(found, {
      targets: toPolicyTargets(targets),
      ...(sticky && { sticky }),
      evidence: { ...toEvidence(sources, list), arb: version },
    }),
  );
  const dirs = sources.runs.map(({ dir }) => dir);
  const at = request.now ?? new Date();
  const arbitrage = await arbitrageIn(table, { dirs, targets, at });
  return {
    policy,
    found,
    requests: table.rows,
    doubts: known.doubts,
    notes: known.notes,
    arbitrage,
    summary: {
      ...summarise(found, policy),
      ...(arbitrage.models.length > 0 && { arbitrage }),
    },
    exitCode: exitCodeOf(found),
    ...(await lookFurther(known, request)),
  };
}

async function lookFurther(
  { table, options }: DecisionCase,
  { frontier, values, since }: RecommendRequest,
): Promise<DecisionViews> {
  return {
    ...(frontier && { frontier: frontierOf(table, options) }),
    ...(values && { values: listValues(table, options) }),
    ...(since !== undefined && {
      since: {
        run: since,
        changes: changesSince(
          await readOutcomes(findSources({ runs: [since] }).files),
          table,
          options,
        ),
      },
    }),
  };
}

function listValues(
  table: DecisionCase['table'],
  options: DecisionCase['options'],
): readonly TargetValue[] {
  const switches = new Map(switchPoints(table, options).map((each) => [each.target, each]));
  return targetValues(table, options).map(({ target, losesUsd }) => {
    const at = switches.get(target);
    const atCost = at?.atCost;
    return { target, losesUsd, used: !at, ...(atCost !== undefined && { atCost }) };
  });
}

function exitCodeOf(found: Recommendation): ExitCode {
  if (found.status !== 'keep-current') return exitCodes.ok;
  const isOpen = found.notFound || found.certificate?.verdict === 'INCONCLUSIVE';
  return isOpen ? exitCodes.inconclusive : exitCodes.no;
}
