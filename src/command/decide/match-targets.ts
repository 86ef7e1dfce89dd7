import { oneLine } from '../../lines.ts';
import type { NamedPolicy, RecommendOptions } from '../../optimize/problem/options.ts';
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
  const notes: string[] = [];
  for (const [own, target] of Object.entries(policy.targets)) {
    const namesake = measured.find((each) => each.name === own);
    const isOther = namesake !== undefined && isOtherModel(target, namesake);
    if (known.includes(own) && !isOther) continue;
    const found = findMeasured(own, target, measured);
    if (found) {
      names.set(own, found.name);
      notes.push(
        `${name}: "${oneLine(own)}" is taken for ${found.name}, the same model by the same route`,
      );
    } else if (isOther) {
      names.set(own, `${own} (${target.model})`);
      notes.push(
        `${name}: "${own}" is ${target.model} there and was ${namesake.model} in the run, so it was not measured`,
      );
    }
  }
  if (names.size === 0) return { name, policy, notes };
  return { name, policy: renameTargets(policy, (own) => names.get(own) ?? own), notes };
}

/** Every policy that a decision is asked about, by the names of a run. */
export function matchOptions(
  { current, baseline, rivals = [], ...options }: RecommendOptions,
  measured: readonly Target[],
  known: readonly string[],
): { readonly options: RecommendOptions; readonly notes: readonly string[] } {
  const notes = new Set<string>();
  const match = (named: NamedPolicy): NamedPolicy => {
    const { notes: found, ...matched } = matchTargets(named, measured, known);
    for (const note of found) notes.add(note);
    return matched;
  };
  const matched = {
    ...options,
    rivals: rivals.map(match),
    ...(baseline !== undefined && {
      baseline: typeof baseline === 'string' ? baseline : match(baseline),
    }),
    ...(current && { current: match(current) }),
  };
  return { options: matched, notes: [...notes] };
}

/** One name may stand for another model since the policy was written. */
function isOtherModel({ model }: PolicyTarget, namesake: Target): boolean {
  if (model === undefined) return false;
  const plain = { maker: '', params: { set: {}, drop: [], rename: {} } };
  const models = groupByModel([
    { ...plain, name: 'policy', model },
    { ...plain, name: 'run', model: namesake.model },
  ]);
  return models.get('policy') !== models.get('run');
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
