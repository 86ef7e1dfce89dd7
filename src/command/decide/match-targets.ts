import type { NamedPolicy } from '../../optimize/problem/options.ts';
import type { Policy, PolicyTarget, Rule } from '../../policy/policy.ts';
import { inferMaker } from '../../provider/target/makers.ts';
import { groupByModel } from '../../provider/target/same-model.ts';
import type { Target } from '../../provider/target/target.ts';

/** A policy whose targets have the names of those that were measured. */
export interface MatchedPolicy extends NamedPolicy {
  /** Which names were taken for which, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Gives a policy's targets the names of a run, where they have other ones: a target stands for the
 * one measured target of its model, by its route where the model has several.
 */
export function matchTargets(
  { name, policy }: NamedPolicy,
  measured: readonly Target[],
  known: readonly string[],
): MatchedPolicy {
  const names = new Map<string, string>();
  for (const [own, target] of Object.entries(policy.targets)) {
    if (known.includes(own)) continue;
    const found = findMeasured(own, target, measured);
    if (found) names.set(own, found.name);
  }
  if (names.size === 0) return { name, policy, notes: [] };
  const notes = [...names].map(
    ([own, found]) => `${name}: "${own}" is taken for ${found}, the same model by the same route`,
  );
  return { name, policy: renameTargets(policy, (own) => names.get(own) ?? own), notes };
}

function findMeasured(
  name: string,
  { model = name, maker, via, base_url, provider }: PolicyTarget,
  measured: readonly Target[],
): Target | undefined {
  // One model at one address is one target, whoever is said to have made it.
  const there = measured.filter((each) => each.model === model && each.baseUrl === base_url);
  if (base_url !== undefined && there.length === 1) return there[0];
  const own = {
    name: `${name} `,
    model,
    maker: maker ?? inferMaker(model),
    params: { set: {}, drop: [], rename: {} },
  };
  const models = groupByModel([own, ...measured]);
  const same = measured.filter((target) => models.get(target.name) === models.get(own.name));
  const byRoute = same.filter(
    (target) =>
      target.baseUrl === base_url ||
      (via !== undefined && target.via === via) ||
      target.provider === provider,
  );
  if (same.length === 1) return same[0];
  return byRoute.length === 1 ? byRoute[0] : undefined;
}

/** The same policy under other names of its targets. */
function renameTargets(policy: Policy, rename: (name: string) => string): Policy {
  return {
    ...policy,
    targets: Object.fromEntries(
      Object.entries(policy.targets).map(([name, target]) => [rename(name), target]),
    ),
    rules: policy.rules.map(
      (rule): Rule => ({
        ...rule,
        ...(rule.use !== undefined && { use: rename(rule.use) }),
        ...(rule.split && {
          split: {
            ...rule.split,
            to: rule.split.to.map((arm) => ({ ...arm, target: rename(arm.target) })),
          },
        }),
        fallback: rule.fallback.map(rename),
      }),
    ),
  };
}
