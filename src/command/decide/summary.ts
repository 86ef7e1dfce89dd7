import type { Recommendation } from '../../optimize/recommendation.ts';
import { toFileNames } from '../../record.ts';
import type { InForce } from './in-force.ts';

/** `--summary FILE`: the figures for machines, costs in USD per request. */
export function summarise(found: Recommendation, inForce: InForce): object {
  const { inSample, bestSingle, bound, deployed } = found;
  return {
    kind: 'recommendation',
    version: 1,
    id: inForce.kind === 'none' ? undefined : inForce.policy.id,
    in_force: inForce.kind,
    status: found.status,
    baseline: toFileNames(found.baseline),
    best_single: {
      target: bestSingle.name,
      quality: bestSingle.quality,
      cost_usd: bestSingle.costUsd,
    },
    floor: found.floor,
    in_sample: { quality: inSample.quality, cost_usd: inSample.costUsd, saving: inSample.saving },
    bound: { lower: bound.lowerUsd, gap: bound.gap },
    optimal: found.optimal,
    class: found.class,
    ...(found.infeasible && { infeasible: toFileNames(found.infeasible) }),
    ...(found.notFound && {
      not_found: { lower_usd: found.notFound.lowerUsd, text: found.notFound.text },
    }),
    deployed: {
      quality: deployed.quality,
      cost_usd: deployed.costUsd,
      saving: deployed.saving,
      change: deployed.change,
      service: toFileNames(deployed.service),
    },
    task_changes: found.taskChanges,
    ...(found.certificate && { certificate: toFileNames(found.certificate) }),
    ...(found.firstLook && { first_look: toFileNames(found.firstLook) }),
    rules: inForce.kind === 'none' ? [] : inForce.policy.rules,
    rivals: toFileNames(found.rivals),
    findings: found.findings,
  };
}
