import { UsageError } from '../../errors.ts';
import {
  isVariable,
  listTargets,
  type Policy,
  type PolicyTarget,
  type Rule,
  type When,
} from '../../policy/policy.ts';
import { meetsRequirement } from '../../policy/require.ts';
import { readFailure } from './failure.ts';
import type { Bindings, Condition, ExportPlan, Leaf, PlannedRoute, Range } from './plan.ts';
import { findAddress } from './reach.ts';

export interface PlanOptions {
  readonly bindings: Bindings;
  readonly entry: string;
}

/** @throws UsageError where a target is only a name, or a chain leaves the regions of its rule. */
export function makePlan(policy: Policy, { bindings, entry }: PlanOptions): ExportPlan {
  refuseBadBindings(policy, bindings);
  const used = new Set(policy.rules.flatMap(listTargets));
  const leaves = new Map(
    [...used].map((name) => [
      name,
      toLeaf(
        name,
        policy.targets[name] ?? {},
        (Object.hasOwn(bindings, name) && bindings[name]) || {},
      ),
    ]),
  );
  refuseBareNames([...leaves.values()]);
  const leaf = (name: string) => leaves.get(name) as Leaf;
  const routes = policy.rules.map((rule) => toRoute(rule, leaf));
  for (const route of routes) refuseForeignRegions(route);
  return { policy, entry, routes, leaves: [...leaves.values()], failure: readFailure(policy) };
}

function refuseBadBindings(policy: Policy, bindings: Bindings): void {
  const unknown = Object.keys(bindings).filter((name) => !Object.hasOwn(policy.targets, name));
  for (const [name, { api_key_env: variable }] of Object.entries(bindings)) {
    if (variable === undefined || isVariable(variable)) continue;
    throw new UsageError(
      `the binding of ${name}: api_key_env is not the name of an environment variable. ` +
        'Name the variable that holds the key; the key itself has no place in a file.',
    );
  }
  if (unknown.length === 0) return;
  const known = Object.keys(policy.targets).join(', ');
  throw new UsageError(`bindings name no target: ${unknown.join(', ')}. Known targets: ${known}.`);
}

function refuseBareNames(leaves: readonly Leaf[]): void {
  const bare = leaves.filter(
    (leaf) => leaf.bound === undefined && (!leaf.model || findAddress(leaf) === undefined),
  );
  if (bare.length === 0) return;
  throw new UsageError(
    `cannot export ${bare.map((leaf) => leaf.name).join(', ')}: ` +
      'the policy does not say which model that is, or at which address. Give each a model and ' +
      'a provider or base_url under targets, or bind it to a name that your gateway has.',
  );
}

function toLeaf(name: string, target: PolicyTarget, binding: Bindings[string]): Leaf {
  const keyEnv = binding.api_key_env ?? target.api_key_env;
  const { set = {}, ...adapting } = (target.params ?? {}) as Record<string, object>;
  return {
    name,
    provider: target.provider ?? 'openai-compatible',
    regions: target.regions ?? [],
    set: { ...set },
    adapted: Object.entries(adapting).flatMap(([how, what]) =>
      (Array.isArray(what) ? what : Object.keys(what)).map((key) => `${how} ${key}`),
    ),
    ...(target.model !== undefined && { model: target.model }),
    ...(target.base_url !== undefined && { baseUrl: target.base_url.replace(/\/+$/, '') }),
    ...(keyEnv !== undefined && { keyEnv }),
    ...(binding.use !== undefined && { bound: binding.use }),
    ...(target.price && { price: target.price }),
    ...(target.context_tokens !== undefined && { contextTokens: target.context_tokens }),
  };
}

function toRoute(rule: Rule, leaf: (name: string) => Leaf): PlannedRoute {
  const split = rule.split?.to ?? [{ target: rule.use ?? '', weight: 1 }];
  const total = split.reduce((sum, { weight }) => sum + weight, 0);
  return {
    name: rule.name,
    when: toConditions(rule.when),
    arms: split.map(({ target, weight }) => ({
      leaf: leaf(target),
      weight,
      share: weight / total,
    })),
    splitBy: rule.split?.by ?? 'request',
    chain: rule.fallback.map(leaf),
    timeouts: {
      ...(rule.timeouts?.first_token_ms && { first_token_ms: rule.timeouts.first_token_ms }),
      ...(rule.timeouts?.attempt_ms && { attempt_ms: rule.timeouts.attempt_ms }),
    },
    ...(rule.require?.regions && { regions: rule.require.regions }),
  };
}

/** The conditions of a rule as data that a gateway's language can be written from. */
function toConditions(when: When | undefined): Condition[] {
  return Object.entries(when ?? {}).flatMap(([feature, condition]): Condition[] => {
    if (condition === undefined) return [];
    if (typeof condition === 'boolean') {
      return [{ kind: 'flag', feature: feature as 'tools', is: condition }];
    }
    if (Array.isArray(condition)) return [{ kind: 'member', feature, values: condition }];
    return [{ kind: 'range', feature: feature as 'input_tokens', ...(condition as Range) }];
  });
}

function refuseForeignRegions({ name, regions, arms, chain }: PlannedRoute): void {
  if (!regions) return;
  const foreign = [...arms.map((arm) => arm.leaf), ...chain].filter(
    (leaf) => !meetsRequirement(leaf, { regions }),
  );
  if (foreign.length === 0) return;
  const names = foreign.map((leaf) => leaf.name).join(', ');
  throw new UsageError(
    `rule ${name} requires ${regions.join(' or ')}, but ${names} is not said to be only there. ` +
      'Correct its regions under targets, or take it out of the rule.',
  );
}
