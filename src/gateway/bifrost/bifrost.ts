import { celString, headerText } from '../../encode.ts';
import { printableJson } from '../../lines.ts';
import { toHeader } from '../carrier/carrier-text.ts';
import {
  dropped,
  emulated,
  exact,
  type Keepings,
  listAdaptedLoss,
  listRuleLoss,
} from '../export/loss.ts';
import type { Condition, ExportPlan, Leaf, PlannedRoute } from '../export/plan.ts';
import { toReach } from '../export/reach.ts';
import { slugs } from '../export/slug.ts';
import type { Built } from '../kit/define-gateway.ts';
import { bifrostProviders } from './provider-names.ts';

/**
 * Bifrost: governance rules in CEL over headers, first match by priority. Timeouts and retries
 * belong to a provider there, so each pair of route and timeout is a provider of its own.
 */
export function buildBifrost(plan: ExportPlan): Built {
  const names = slugs(plan.routes.map((route) => route.name));
  const rules = plan.routes.flatMap((route) => writeRules(route, plan, names.of(route.name)));
  const config = {
    $schema: 'https://www.getbifrost.ai/schema',
    client: { logging_headers: ['x-arb-policy', 'x-arb-tier', 'x-arb-arm'] },
    providers: writeProviders(plan),
    governance: {
      routing_rules: rules
        // What the carrier says goes first; sort keeps the order of the policy within each.
        .sort((a, b) => Number(b.byCarrier) - Number(a.byCarrier))
        .map(({ byCarrier, ...rule }, index) => ({ ...rule, priority: (index + 1) * 10 })),
      pricing_overrides: plan.leaves.flatMap((leaf) => writePriceOverride(leaf)),
    },
  };
  return {
    files: [{ path: 'bifrost.json', text: `${printableJson(config)}\n` }],
    loss: [
      ...plan.routes.flatMap((route) => listRuleLoss(route, plan, keepings(route))),
      ...listAdaptedLoss(plan),
    ],
    notes: [
      'Put bifrost.json as config.json into the folder given by -app-dir.',
      `Callers ask for the model "${plan.entry}" and send the headers of the carrier.`,
      'A rule whose CEL does not compile is skipped with a warning: look into the log once.',
    ],
  };
}

interface RoutingRule {
  readonly byCarrier: boolean;
  readonly [key: string]: unknown;
}

function writeRules(route: PlannedRoute, plan: ExportPlan, slug: string): RoutingRule[] {
  const asked = [`model == ${celString(plan.entry)}`];
  const tier = `headers["x-arb-tier"] == ${celString(headerText(route.name))}`;
  const seconds = timeoutSeconds(route);
  const rule = (id: string, conditions: readonly string[], arms: PlannedRoute['arms']) => ({
    id: `arb-${plan.policy.id.replace('sha256-', '')}-${id}`,
    name: `arb ${route.name}`,
    enabled: true,
    scope: 'global',
    cel_expression: conditions.join(' && '),
    targets: arms.map(({ leaf, share }) => ({
      provider: providerName(leaf, seconds),
      model: leaf.model ?? leaf.bound,
      weight: share,
    })),
    fallbacks: route.chain.map(
      (leaf) => `${providerName(leaf, seconds)}/${leaf.model ?? leaf.bound}`,
    ),
  });
  const whole = (arm: PlannedRoute['arms'][number]) => [{ ...arm, share: 1 }];
  const conditions = [...asked, ...route.when.flatMap(writeCel)];
  return [
    ...(route.splitBy === 'session' && route.arms.length > 1
      ? route.arms.map((arm, index) => ({
          ...rule(
            `${slug}-arm-${index + 1}`,
            [...asked, tier, `headers["x-arb-arm"] == ${celString(headerText(arm.leaf.name))}`],
            whole(arm),
          ),
          byCarrier: true,
        }))
      : []),
    ...(plan.policy.sticky
      ? [{ ...rule(`${slug}-held`, [...asked, tier], route.arms), byCarrier: true }]
      : []),
    { ...rule(slug, conditions, route.arms), byCarrier: false },
  ];
}

/** A header that is missing makes the whole rule not match, which is what an absent feature means. */
function writeCel(condition: Condition): string[] {
  const header = `headers["${toHeader(condition.feature)}"]`;
  switch (condition.kind) {
    case 'range':
      return [
        ...(condition.gte === undefined ? [] : [`int(${header}) >= ${condition.gte}`]),
        ...(condition.lt === undefined ? [] : [`int(${header}) < ${condition.lt}`]),
      ];
    case 'flag':
      return [`${header} == "${condition.is}"`];
    case 'member':
      return [
        `${header} in [${condition.values.map((value) => celString(headerText(value))).join(', ')}]`,
      ];
  }
}

const timeoutSeconds = (route: PlannedRoute) =>
  route.timeouts.attempt_ms && Math.max(1, Math.ceil(route.timeouts.attempt_ms / 1_000));

function providerName(leaf: Leaf, seconds: number | undefined): string {
  if (leaf.bound !== undefined) return leaf.bound;
  const { provider, baseUrl } = toReach(leaf, bifrostProviders);
  if (seconds === undefined && baseUrl === undefined) return provider;
  const host = baseUrl === undefined ? provider : leaf.name;
  return seconds === undefined ? `arb-${host}` : `arb-${host}-${seconds}s`;
}

function writeProviders(plan: ExportPlan): Record<string, object> {
  const entries = plan.routes.flatMap((route) =>
    [...route.arms.map((arm) => arm.leaf), ...route.chain]
      .filter((leaf) => leaf.bound === undefined)
      .map(
        (leaf) =>
          [providerName(leaf, timeoutSeconds(route)), writeProvider(leaf, route, plan)] as const,
      ),
  );
  return Object.fromEntries(entries);
}

function writeProvider(leaf: Leaf, route: PlannedRoute, { failure }: ExportPlan): object {
  const { provider, baseUrl } = toReach(leaf, bifrostProviders);
  const seconds = timeoutSeconds(route);
  const custom = baseUrl !== undefined || seconds !== undefined;
  return {
    keys: leaf.keyEnv
      ? [{ name: leaf.keyEnv, value: `env.${leaf.keyEnv}`, models: ['*'], weight: 1 }]
      : [],
    network_config: {
      // It appends the version to the address itself.
      ...(baseUrl !== undefined && { base_url: baseUrl.replace(/\/v1$/, '') }),
      ...(seconds !== undefined && { default_request_timeout_in_seconds: seconds }),
      max_retries: failure.retries,
    },
    ...(custom && {
      custom_provider_config: {
        base_provider_type: provider,
        ...(leaf.keyEnv === undefined && { is_key_less: true }),
      },
    }),
  };
}

function writePriceOverride({ name, provider, model, price }: Leaf): object[] {
  if (!price || model === undefined) return [];
  const patch = {
    input_cost_per_token: Number((price.input / 1e6).toPrecision(12)),
    output_cost_per_token: Number((price.output / 1e6).toPrecision(12)),
  };
  return [
    {
      id: `arb-price-${name}`,
      name: `arb ${name} at ${provider}`,
      scope_kind: 'global',
      match_type: 'exact',
      pattern: model,
      request_types: ['chat_completion'],
      pricing_patch: JSON.stringify(patch),
    },
  ];
}

function keepings({ splitBy, timeouts }: PlannedRoute): Keepings {
  const rounded = timeouts.attempt_ms !== undefined && timeouts.attempt_ms % 1_000 !== 0;
  return {
    condition: (feature) => emulated(`header ${toHeader(feature)}`),
    split:
      splitBy === 'request'
        ? exact('weight')
        : emulated('header x-arb-arm, else an arm per request'),
    fallback: exact('fallbacks, in order'),
    fallbackOn: dropped('failover', 'it moves on at any failure'),
    retry: dropped('failover', 'max_retries, for what Bifrost retries'),
    attemptTimeout: rounded
      ? dropped('timing', 'rounded up to a second')
      : exact('a provider with this timeout'),
    firstTokenTimeout: dropped('timing', 'there is one timeout only'),
    sticky: emulated('header x-arb-tier'),
  };
}
