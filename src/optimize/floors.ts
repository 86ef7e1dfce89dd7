import type { OutcomeTable } from '../outcome/table.ts';
import { certify, mixScores } from './certify/certificate.ts';
import type { Certificate } from './certify/certificate-report.ts';
import type { Saving } from './compare/saving.ts';
import { type Score, scoreRows } from './problem/assign.ts';
import { formatFloor, parseFloor } from './problem/floor.ts';
import { normalise, type RecommendOptions } from './problem/options.ts';
import { createGroups, createQuestion } from './question.ts';
import { createRouting, findOptimum } from './solve/optimum.ts';
import { countShares, type TargetShare } from './views.ts';

/** What is certified at other floors than the one that was asked. */
export interface CertifiedFloors {
  /** Error of each, so that all together have that of the decision once more. */
  readonly alpha: number;
  /** Strictest first. */
  readonly floors: readonly CertifiedFloor[];
}

/** One floor, and the policy that is shown to keep it. */
export interface CertifiedFloor {
  readonly floor: string;
  readonly verdict: Certificate['verdict'];
  readonly why: string;
  /** Absent where none is shown to hold. Cost and quality are of all rows and all traffic. */
  readonly policy?: Score & {
    readonly saving: Saving;
    readonly shares: readonly TargetShare[];
  };
}

/** Margins beside the one that was asked, as parts of it. Each takes as long as the decision. */
const parts = [0.5, 2, 3] as const;

/** The least error that a certificate may have. */
const leastAlpha = 0.001;

/**
 * The cheapest certified policy at stricter and looser margins than the one that was asked. Each is a
 * certificate of its own at a part of the error (Bonferroni), so that a reader may choose among them.
 * Undefined for an absolute floor and without a proof.
 */
export function certifyFloors(
  table: OutcomeTable,
  asked: RecommendOptions = {},
): CertifiedFloors | undefined {
  const { floor, alpha, proof } = normalise(asked);
  const each = alpha / parts.length;
  if (floor.kind === 'absolute' || floor.margin === 0 || proof === 'none') return undefined;
  if (each < leastAlpha) return undefined;
  const { current, looks, ...options } = asked;
  const margins = parts.map((part) => Number((part * floor.margin).toPrecision(3)));
  const floors = margins
    .filter((margin) => margin <= 1)
    .map((margin) =>
      certifyAt(table, { ...options, floor: formatFloor({ ...floor, margin }), alpha: each }),
    );
  return { alpha: each, floors };
}

function certifyAt(
  table: OutcomeTable,
  options: RecommendOptions & { readonly floor: string },
): CertifiedFloor {
  const { study, demands, groups } = createQuestion(table, options);
  const floor = formatFloor(parseFloor(options.floor));
  if (!('routing' in findOptimum(study, groups, demands))) {
    return { floor, verdict: 'FAIL', why: 'no policy keeps it on these requests' };
  }
  const plain = groups.thresholds > 0 ? [createGroups(study, study.options, 0)] : [];
  const { certificate, deployed } = certify(study, [groups, ...plain], demands);
  const { verdict, why, saving } = certificate;
  if (!deployed || !saving) return { floor, verdict, why };
  const { vector, target } = createRouting(study, deployed.groups, deployed.pieces);
  const share = deployed.arm?.share ?? 1;
  const score = mixScores(scoreRows(study, vector), scoreRows(study, study.baseline), share);
  const own = countShares(study, { of: deployed.groups.of, target });
  const rest = share < 1 ? [{ target: study.baseline.name, share: 1 - share }] : [];
  const shares = [...own.map((one) => ({ ...one, share: share * one.share })), ...rest];
  return { floor, verdict, why, policy: { ...score, saving, shares: addUp(shares) } };
}

/** A target once, largest share first. */
function addUp(shares: readonly TargetShare[]): TargetShare[] {
  const sums = Map.groupBy(shares, ({ target }) => target);
  return [...sums]
    .map(([target, each]) => ({ target, share: each.reduce((sum, { share }) => sum + share, 0) }))
    .sort((a, b) => b.share - a.share);
}
