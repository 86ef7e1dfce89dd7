import type { SimulatedJudge } from '../market/judge-schema.ts';
import type { Draws } from '../market/random.ts';
import { formOpinion, type Side, stateOpinion } from './judge.ts';

/** A target whose true win rate is known, and the judge that it meets. */
export interface JudgedTarget {
  readonly target: string;
  readonly judge: SimulatedJudge;
  /** Probability that its answer is the better one. */
  readonly rate: number;
  /** Mean logarithm of its answers' length over the opponents'. */
  readonly longer: number;
}

/** One answer as the truth has it, and the scores the judge gives it; no text is made. */
export interface JudgedCase {
  readonly request_id: string;
  readonly target: string;
  readonly kind: 'pairwise';
  readonly human: 0 | 1;
  readonly candidateFirst: number;
  readonly opponentFirst: number;
  /** The first call made again. */
  readonly again: number;
  readonly length: number;
  readonly opponentLength: number;
}

const opponentLength = 800;

/**
 * The answers of all targets to `count` requests. Half of the answers are decided by their request's
 * difficulty, which the targets share, so that paired comparisons are sharper than their parts.
 */
export function judgedCases(
  targets: readonly JudgedTarget[],
  count: number,
  draws: Draws,
): JudgedCase[] {
  return Array.from({ length: count }, (_, index) => {
    const place = { request_id: `r-${index}`, difficulty: draws.uniform() };
    return targets.map((target) => judgedCase(target, place, draws));
  }).flat();
}

function judgedCase(
  { target, judge, rate, longer }: JudgedTarget,
  { request_id, difficulty }: { readonly request_id: string; readonly difficulty: number },
  draws: Draws,
): JudgedCase {
  const byDifficulty = draws.uniform() < 0.5;
  const human = (byDifficulty ? difficulty : draws.uniform()) < rate ? 1 : 0;
  const length = Math.round(opponentLength * Math.exp(longer + 0.4 * draws.normal()));
  const matter = {
    better: human === 1 ? 'candidate' : 'opponent',
    longer: length > opponentLength ? 'candidate' : 'opponent',
  } as const;
  const opinion = formOpinion(judge, matter, draws);
  const scoreWhere = (first: Side) => {
    const again = () => formOpinion(judge, matter, draws);
    const said = stateOpinion(judge, { opinion, first, again }, draws);
    return said === 'tie' ? 0.5 : said === 'candidate' ? 1 : 0;
  };
  return {
    request_id,
    target,
    kind: 'pairwise',
    human,
    candidateFirst: scoreWhere('candidate'),
    opponentFirst: scoreWhere('opponent'),
    again: scoreWhere('candidate'),
    length,
    opponentLength,
  };
}
