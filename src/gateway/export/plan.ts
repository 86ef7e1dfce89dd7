import { UsageError } from '../../errors.ts';
import {
  type Policy,
  type PolicyFailure,
  type PolicyTarget,
  type Rule,
  targetsOf,
  type When,
} from '../../policy/policy.ts';
import { meetsRequirement } from '../../policy/require.ts';
import type { Bindings } from './exporter.ts';
import { baseUrlOf } from './provider-names.ts';

/** A policy with nothing left open: what every gateway's file is written from. */
export interface Plan {
  readonly policy: Policy;
  /** The model name that callers ask for. */
  readonly entry: string;
  readonly routes: readonly Route[];
  readonly leaves: readonly Leaf[];
  readonly failure: Failure;
}

/** One rule: who is asked first, who next. The last route has no conditions. */
export interface Route {
  readonly name: string;
  readonly when: readonly Condition[];
  /** One arm where nothing is split; shares sum to 1. */
  readonly arms: readonly {
    readonly leaf: Leaf;
    readonly weight: number;
    readonly share: number;
  }[];
  readonly splitBy: 'request' | 'session';
  readonly chain: readonly Leaf[];
  readonly timeouts: { readonly first_token_ms?: number; readonly attempt_ms?: number };
  readonly regions?: readonly string[];
}

/** A target as a gateway calls it. */
export interface Leaf {
  readonly name: string;
  readonly provider: string;
  /** Absent only where it is bound to a name of the gateway. */
  readonly model?: string;
  readonly baseUrl?: string;
  readonly keyEnv?: string;
  /** What already stands for it in the user's gateway. */
  readonly bound?: string;
  readonly price?: NonNullable<PolicyTarget['price']>;
  readonly regions: readonly string[];
  readonly contextTokens?: number;
  readonly set: Readonly<Record<string, unknown>>;
  /** Names of parameters that the policy drops or renames, which no gateway here can do. */
  readonly adapted: readonly string[];
}

export type Condition =
  | ({ readonly kind: 'range'; readonly feature: 'input_tokens' | 'turns' } & Range)
  | { readonly kind: 'flag'; readonly feature: 'tools' | 'json' | 'vision'; readonly is: boolean }
  | { readonly kind: 'member'; readonly feature: string; readonly values: readonly string[] };

interface Range {
  readonly gte?: number;
  readonly lt?: number;
}

export interface Failure {
  readonly retries: number;
  readonly retryOn: readonly PolicyFailure[];
  readonly fallbackOn: readonly PolicyFailure[];
}

/** What holds where a policy does not say: the kinds of failure that another target can cure. */
const defaultFailure = {
  retries: 0,
  retryOn: [],
  fallbackOn: ['rate-limited', 'server-error', 'timeout', 'connect'],
} as const satisfies Failure;

export interface PlanOptions {
  readonly bindings: Bindings;
  readonly entry: string;
}

/** @throws UsageError where a target is only a name, or a chain leaves the regions of its rule. */
export function planOf(policy: Policy, { bindings, entry }: PlanOptions): Plan {
  refuseUnknownBindings(policy, bindings);
  const used = new Set(policy.rules.flatMap(targetsOf));
  const leaves = new Map(
    [...used].map((name) => [name, leafOf(name, policy.targets[name] ?? {}, bindings[name] ?? {})]),
  );
  refuseBareNames([...leaves.values()]);
  const leaf = (name: string) => leaves.get(name) as Leaf;
  const routes = policy.rules.map((rule) => routeOf(rule, leaf));
  for (const route of routes) refuseForeignRegions(route);
  return { policy, entry, routes, leaves: [...leaves.values()], failure: failureOf(policy) };
}

function refuseUnknownBindings(policy: Policy, bindings: Bindings): void {
  const unknown = Object.keys(bindings).filter((name) => !(name in policy.targets));
  if (unknown.length === 0) return;
  const known = Object.keys(policy.targets).join(', ');
  throw new UsageError(`bindings name no target: ${unknown.join(', ')}. Known targets: ${known}.`);
}

function refuseBareNames(leaves: readonly Leaf[]): void {
  const bare = leaves.filter(
    (leaf) => leaf.bound === undefined && (!leaf.model || baseUrlOf(leaf) === undefined),
  );
  if (bare.length === 0) return;
  throw new UsageError(
    `cannot export ${bare.map((leaf) => leaf.name).join(', ')}: ` +
      'the policy does not say which model that is, or at which address. Give each a model and ' +
      'a provider or base_url under targets, or bind it to a name that your gateway has.',
  );
}

function leafOf(name: string, target: PolicyTarget, binding: Bindings[string]): Leaf {
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

function routeOf(rule: Rule, leaf: (name: string) => Leaf): Route {
  const split = rule.split?.to ?? [{ target: rule.use ?? '', weight: 1 }];
  const total = split.reduce((sum, { weight }) => sum + weight, 0);
  return {
    name: rule.name,
    when: conditionsOf(rule.when),
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
export function conditionsOf(when: When | undefined): Condition[] {
  return Object.entries(when ?? {}).flatMap(([feature, condition]): Condition[] => {
    if (condition === undefined) return [];
    if (typeof condition === 'boolean') {
      return [{ kind: 'flag', feature: feature as 'tools', is: condition }];
    }
    if (Array.isArray(condition)) return [{ kind: 'member', feature, values: condition }];
    return [{ kind: 'range', feature: feature as 'input_tokens', ...(condition as Range) }];
  });
}

function refuseForeignRegions({ name, regions, arms, chain }: Route): void {
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

export function failureOf({ on_failure }: Policy): Failure {
  if (!on_failure) return defaultFailure;
  const { retry, fallback_on, never_on } = on_failure;
  const allowed = (kinds: readonly PolicyFailure[]) =>
    kinds.filter((kind) => !never_on.includes(kind));
  return {
    retries: retry?.max ?? 0,
    retryOn: allowed(retry?.on ?? []),
    fallbackOn: allowed(fallback_on),
  };
}
