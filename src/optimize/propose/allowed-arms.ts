import { type Arm, armShares } from '../compare/arm.ts';
import { type Demand, widthOf } from '../problem/demand.ts';
import type { Study } from '../problem/study.ts';

/**
 * Shares at which a policy may be tried. The rest of the traffic must stay with what every relative
 * floor is measured against, and that must be a target that a rule can name. A share of at most twice
 * the margin is never offered: almost any loss within it would stay within the margin. Nor is one where
 * the rest would go where `policy.pin` or `policy.forbid` says that it may not.
 */
export function allowedArms(study: Study, demands: readonly Demand[]): readonly Arm[] {
  const { options, baseline, names, table } = study;
  if (options.arms === 'none' || !names.includes(baseline.name)) return [];
  if (options.pin.some(({ use }) => use !== baseline.name)) return [];
  if (options.forbid.some(({ use }) => use === baseline.name)) return [];
  const same = demands.every(
    ({ floor, reference }) => floor.kind === 'absolute' || reference?.name === baseline.name,
  );
  if (!same) return [];
  const least = 2 * Math.max(0, ...demands.map(widthOf));
  return armShares
    .filter((share) => share > least + 1e-9)
    .map((share) => ({
      share,
      by: table.session ? ('session' as const) : ('request' as const),
      salt: options.armSalt,
      loss: options.armLoss,
    }));
}
