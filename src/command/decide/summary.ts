import type { Recommendation } from '../../optimize/recommendation.ts';
import type { Policy } from '../../policy/policy.ts';

/** `--summary FILE`: the figures for machines, costs in USD per request. */
export function summarise(found: Recommendation, policy: Policy): object {
  const { baseline, bestSingle, inSample, bound } = found;
  return {
    kind: 'recommendation',
    version: 1,
    id: policy.id,
    status: found.status,
    baseline: {
      name: baseline.name,
      kind: baseline.kind,
      quality: baseline.quality,
      cost_usd: baseline.costUsd,
    },
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
    ...(found.infeasible && { infeasible: found.infeasible }),
    ...(found.notFound && {
      not_found: { lower_usd: found.notFound.lowerUsd, text: found.notFound.text },
    }),
    deployed: {
      quality: found.deployed.quality,
      cost_usd: found.deployed.costUsd,
      saving: found.deployed.saving,
    },
    ...(found.certificate && { certificate: found.certificate }),
    ...(found.firstLook && { first_look: found.firstLook }),
    rules: policy.rules,
    rivals: found.rivals.map(({ costUsd, ...rival }) => ({ ...rival, cost_usd: costUsd })),
    findings: found.findings,
  };
}
