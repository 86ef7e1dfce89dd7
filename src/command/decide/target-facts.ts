import type { TargetFacts } from '../../optimize/problem/options.ts';
import type { PolicyTarget } from '../../policy/policy.ts';
import { groupByModel } from '../../provider/target/same-model.ts';
import type { PriceOverride, Target } from '../../provider/target/target.ts';
import { toRecord } from '../../record.ts';

/** What the optimiser has to know of the targets. */
export function toTargetFacts(targets: readonly Target[]): Record<string, TargetFacts> {
  const models = groupByModel(targets);
  return toRecord(
    targets.map((target): [string, TargetFacts] => [
      target.name,
      {
        model: models.get(target.name) ?? target.model,
        provider: toProvider(target),
        maker: target.maker,
        via: target.via,
        regions: target.regions,
        ...(target.contextTokens !== undefined && { contextTokens: target.contextTokens }),
        ...(target.limits.requestsPerMinute !== undefined && {
          rpm: target.limits.requestsPerMinute,
        }),
        ...(target.dataClasses && { dataClasses: target.dataClasses }),
        ...(target.terms?.resale === 'forbidden' && { terms: 'forbidden' as const }),
      },
    ]),
  );
}

/** Whoever answers: of a preset that stands for any server, the host. */
function toProvider({ provider, baseUrl }: Target): string {
  const anybody = provider === 'openai-compatible' && URL.canParse(baseUrl);
  return anybody ? new URL(baseUrl).host : provider;
}

/** What a gateway has to know of the targets: never a key, only the name of its variable. */
export function toPolicyTargets(targets: readonly Target[]): Record<string, PolicyTarget> {
  return toRecord(targets.map((target) => [target.name, toPolicyTarget(target)]));
}

/** A policy keeps the four rates that gateways know; the whole price stays in arb.yaml. */
function toPolicyPrice({ input, output, cached_input, cache_write }: PriceOverride) {
  return {
    input,
    output,
    ...(cached_input !== undefined && { cached_input }),
    ...(cache_write !== undefined && { cache_write }),
  };
}

function toPolicyTarget(target: Target): PolicyTarget {
  const { price, params } = target;
  const set = Object.keys(params.set).length > 0 ? params.set : undefined;
  return {
    provider: target.provider,
    maker: target.maker,
    via: target.via,
    model: target.model,
    base_url: target.baseUrl,
    ...(target.apiKeyEnv !== undefined && { api_key_env: target.apiKeyEnv }),
    ...(target.regions.length > 0 && { regions: [...target.regions] }),
    ...(target.contextTokens !== undefined && { context_tokens: target.contextTokens }),
    ...(price && { price: toPolicyPrice(price) }),
    ...(set && { params: { ...set } }),
  };
}
