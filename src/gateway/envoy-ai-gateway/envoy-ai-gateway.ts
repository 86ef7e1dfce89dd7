import { headerText, shellWord, yamlText } from '../../encode.ts';
import {
  dropped,
  emulated,
  exact,
  type Keeping,
  type Keepings,
  listAdaptedLoss,
  listPriceLoss,
  listRuleLoss,
} from '../export/loss.ts';
import type { ExportPlan, PlannedRoute } from '../export/plan.ts';
import { slugs } from '../export/slug.ts';
import { toStatusCodes } from '../export/status.ts';
import type { Built } from '../kit/define-gateway.ts';
import { backendName, secretName, writeBackends } from './envoy-backend.ts';

/**
 * Envoy AI Gateway: routes by headers. It prefers the match with more headers and not the first
 * rule, so each rule matches exactly the rule name that the carrier sends and no two overlap; the
 * last rule takes what comes without a carrier.
 */
export function buildEnvoyAiGateway(plan: ExportPlan): Built {
  const parts = chunks(
    plan.routes.flatMap((route) => writeRules(route, plan)),
    RULES_PER_ROUTE,
  );
  const names = parts.map((_, index) => (index === 0 ? plan.entry : `${plan.entry}-${index + 1}`));
  const documents = [
    ...parts.map((rules, index) => writeRoute(names[index] as string, rules, plan)),
    trafficPolicy(names, plan),
    ...writeBackends(plan),
  ];
  return {
    files: [{ path: 'envoy-ai-gateway.yaml', text: writeYaml(documents, plan) }],
    loss: [
      ...plan.routes.flatMap((route) => listRuleLoss(route, plan, keepings(route, plan))),
      ...listPriceLoss(plan),
      ...listAdaptedLoss(plan),
    ],
    notes: [
      ...plan.leaves.flatMap(({ keyEnv, bound }) =>
        keyEnv && bound === undefined
          ? [
              `kubectl create secret generic ${shellWord(secretName(keyEnv))} --from-literal=apiKey="$${keyEnv}"`,
            ]
          : [],
      ),
      `The routes belong to a Gateway named "${plan.entry}-gateway" in the namespace default.`,
      'kubectl apply -f envoy-ai-gateway.yaml',
      `Callers ask for the model "${plan.entry}" and send the headers of the carrier.`,
    ],
  };
}

/** The most that one AIGatewayRoute takes (v1beta1). */
const RULES_PER_ROUTE = 15;

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );

function writeRules(route: PlannedRoute, plan: ExportPlan): object[] {
  const slug = slugs(plan.routes.map(({ name }) => name)).of(route.name);
  const model = { type: 'Exact', name: 'x-ai-eg-model', value: plan.entry };
  const tier = { type: 'Exact', name: 'x-arb-tier', value: headerText(route.name) };
  const last = plan.routes.at(-1) === route;
  const bySession = route.splitBy === 'session' && route.arms.length > 1;
  const rule = (name: string, matches: object[], arms: PlannedRoute['arms']) => ({
    name,
    matches,
    ...(route.timeouts.attempt_ms && {
      timeouts: { request: `${totalMs(route, plan)}ms` },
    }),
    backendRefs: [
      ...arms.map((arm) => backendRef(arm.leaf, { weight: arm.weight, priority: 0 })),
      ...route.chain.map((leaf, index) => backendRef(leaf, { priority: index + 1 })),
    ],
  });
  const arm = (name: string) => ({ type: 'Exact', name: 'x-arb-arm', value: headerText(name) });
  return [
    ...(bySession
      ? route.arms.map((one, index) =>
          rule(
            `${slug}-arm-${index + 1}`,
            [{ headers: [model, tier, arm(one.leaf.name)] }],
            [{ ...one, weight: 1 }],
          ),
        )
      : []),
    rule(slug, [{ headers: [model, tier] }, ...(last ? [{ headers: [model] }] : [])], route.arms),
  ];
}

interface Standing {
  readonly priority: number;
  readonly weight?: number;
}

function backendRef(leaf: ExportPlan['leaves'][number], { priority, weight }: Standing): object {
  return {
    name: backendName(leaf),
    ...(leaf.model !== undefined && { modelNameOverride: leaf.model }),
    ...(weight !== undefined && { weight: Math.round(weight) || 1 }),
    priority,
  };
}

/** The whole chain, every attempt at its longest. */
function totalMs(route: PlannedRoute, { failure }: ExportPlan): number {
  const attempts = (1 + route.chain.length) * (1 + failure.retries);
  return Math.ceil((route.timeouts.attempt_ms ?? 0) * attempts);
}

function writeRoute(name: string, rules: readonly object[], { entry, policy }: ExportPlan): object {
  return {
    apiVersion: 'aigateway.envoyproxy.io/v1beta1',
    kind: 'AIGatewayRoute',
    metadata: { name, namespace: 'default', annotations: { 'arb/policy': policy.id } },
    spec: {
      parentRefs: [
        { name: `${entry}-gateway`, kind: 'Gateway', group: 'gateway.networking.k8s.io' },
      ],
      rules,
      llmRequestCosts: [
        { metadataKey: 'llm_input_token', type: 'InputToken' },
        { metadataKey: 'llm_output_token', type: 'OutputToken' },
      ],
    },
  };
}

/** Without this nothing fails over. One per-attempt timeout holds for all rules: the longest. */
function trafficPolicy(names: readonly string[], { entry, routes, failure }: ExportPlan): object {
  const { codes } = toStatusCodes(failure.fallbackOn, [503]);
  const attempts = routes.flatMap((route) => route.timeouts.attempt_ms ?? []);
  const longest = Math.max(...routes.map((route) => route.chain.length));
  const timed = failure.fallbackOn.includes('timeout') ? [504] : [];
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'BackendTrafficPolicy',
    metadata: { name: `${entry}-failover`, namespace: 'default' },
    spec: {
      targetRefs: names.map((name) => ({
        group: 'gateway.networking.k8s.io',
        kind: 'HTTPRoute',
        name,
      })),
      retry: {
        numAttemptsPerPriority: 1 + failure.retries,
        numRetries: (1 + longest) * (1 + failure.retries) - 1,
        ...(attempts.length > 0 && { perRetry: { timeout: `${Math.max(...attempts)}ms` } }),
        retryOn: {
          httpStatusCodes: [...new Set([...codes, ...timed])].sort((a, b) => a - b),
          triggers: [
            ...(failure.fallbackOn.includes('connect') ? ['connect-failure'] : []),
            'retriable-status-codes',
          ],
        },
      },
    },
  };
}

function writeYaml(documents: readonly object[], { policy }: ExportPlan): string {
  const head = `arb policy ${policy.id}. Generated by arb export; do not edit.`;
  return documents
    .map((value, index) => yamlText(value, index === 0 ? head : undefined))
    .join('---\n');
}

function keepings(route: PlannedRoute, { failure, routes }: ExportPlan): Keepings {
  const longest = Math.max(...routes.map(({ timeouts }) => timeouts.attempt_ms ?? 0));
  const { unseen } = toStatusCodes(failure.fallbackOn, [503]);
  return {
    condition: () => emulated('needs the header x-arb-tier'),
    split: splitKeeping(route),
    fallback: exact('priority'),
    fallbackOn:
      unseen.length > 0 ? dropped('failover', `no status says ${unseen.join(', ')}`) : undefined,
    attemptTimeout:
      route.timeouts.attempt_ms === longest
        ? exact('perRetry.timeout')
        : dropped('timing', `an attempt may take ${longest} ms, the longest of all rules`),
    firstTokenTimeout: dropped('timing', 'there is none'),
    sticky: emulated('needs the header x-arb-tier'),
  };
}

function splitKeeping({ arms, splitBy }: PlannedRoute): Keeping {
  if (!arms.every(({ weight }) => Number.isInteger(weight))) {
    return dropped('routing', 'weights must be whole numbers');
  }
  return splitBy === 'request'
    ? exact('weight')
    : emulated('header x-arb-arm, else an arm per request');
}
