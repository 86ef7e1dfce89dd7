import type { NamedScore, Recommendation } from './recommend.ts';

/** The recommendation as `--summary FILE` writes it: costs in USD per request. */
export function summaryOf(found: Recommendation): object {
  const { inSample, bound, firstLook } = found;
  return {
    status: found.status,
    baseline: { ...scored(found.baseline), kind: found.baseline.kind },
    best_single: scored(found.bestSingle),
    floor: { text: found.floor.text, quality: found.floor.quality, claims: found.floor.claims },
    in_sample: { quality: inSample.quality, cost_usd: inSample.costUsd, saving: inSample.saving },
    bound: { lower: bound.lowerUsd, gap: bound.gap },
    optimal: found.optimal,
    class: found.class,
    ...(firstLook && {
      unseen_half: {
        n: firstLook.n,
        over_floor: firstLook.overFloor,
        saving: firstLook.saving,
      },
    }),
    rules: found.rules.map((rule) => ({
      name: rule.name,
      ...(rule.when && { when: rule.when }),
      ...(rule.require && { require: rule.require }),
      use: rule.use,
      fallback: rule.fallback,
      requests: rule.score.n,
      share: rule.share,
      quality: rule.score.quality,
      cost_usd: rule.score.costUsd,
      baseline_quality: rule.baseline.quality,
      baseline_cost_usd: rule.baseline.costUsd,
      saves_usd: rule.savesUsd,
      quality_change: rule.change,
      fails_first: rule.chain.failsFirst,
      fails_all: rule.chain.failsAll,
      chain_cost_usd: rule.chain.costUsd,
    })),
    rivals: found.rivals.map(({ costUsd, ...rival }) => ({ ...rival, cost_usd: costUsd })),
    findings: found.findings,
  };
}

function scored({ name, quality, costUsd }: NamedScore): object {
  return { target: name, quality, cost_usd: costUsd };
}
