import { UsageError } from '../../errors.ts';
import { printableJson } from '../../lines.ts';
import {
  dropped,
  emulated,
  exact,
  type Keepings,
  type LossRow,
  listAdaptedLoss,
  listPriceLoss,
  listRuleLoss,
} from '../export/loss.ts';
import type { ExportPlan, Leaf, PlannedRoute } from '../export/plan.ts';
import { type Slugs, slugs } from '../export/slug.ts';
import type { Built } from '../kit/define-gateway.ts';

/**
 * OpenRouter has no conditions: each rule (and each arm of a split) is a preset, a request body
 * with the models in the order of the chain, and the caller names the preset that the carrier says.
 */
interface Preset {
  readonly slug: string;
  readonly rule: string;
  readonly arm?: string;
  readonly body: object;
}

export function buildOpenrouter(plan: ExportPlan): Built {
  const strangers = plan.leaves.filter((leaf) => modelSlug(leaf) === undefined);
  const reachable = plan.routes.flatMap((route) => route.arms).some(({ leaf }) => modelSlug(leaf));
  if (!reachable) {
    throw new UsageError(
      `no first target is at OpenRouter (${strangers.map(({ name }) => name).join(', ')}). ` +
        'Bind targets to its model slugs: --bindings FILE, with a line such as sonnet: {use: anthropic/claude-sonnet-4.5}.',
    );
  }
  const presets = plan.routes.flatMap((route) => writePresets(route, plan));
  const text = printableJson({ policy: plan.policy.id, presets });
  return {
    files: [{ path: 'openrouter.json', text: `${text}\n` }],
    loss: [
      ...plan.routes.flatMap((route) => listLoss(route, plan)),
      ...listPriceLoss(plan),
      ...listAdaptedLoss(plan),
    ],
    notes: [
      'Create each preset: POST its body, with a message, to /api/v1/presets/SLUG/chat/completions.',
      'Callers send model "@preset/SLUG" of the rule (and arm) that the carrier returns.',
    ],
  };
}

/** What OpenRouter calls the leaf: bound, or the model of a target that goes through it. */
function modelSlug(leaf: Leaf): string | undefined {
  return leaf.bound ?? (leaf.provider === 'openrouter' ? leaf.model : undefined);
}

function writePresets(route: PlannedRoute, plan: ExportPlan): Preset[] {
  const names = presetSlugs(plan);
  const chain = route.chain.flatMap((leaf) => modelSlug(leaf) ?? []);
  return route.arms.flatMap(({ leaf }): Preset[] => {
    const model = modelSlug(leaf);
    if (model === undefined) return [];
    const arm = route.arms.length > 1 ? { arm: leaf.name } : {};
    return [
      {
        slug: names.of(presetName(route, leaf)),
        rule: route.name,
        ...arm,
        body: {
          ...leaf.set,
          models: [...new Set([model, ...chain])],
          metadata: { arb_policy: plan.policy.id, arb_tier: route.name, arb_arm: leaf.name },
        },
      },
    ];
  });
}

const presetName = (route: PlannedRoute, leaf: Leaf) =>
  route.arms.length > 1 ? `arb ${route.name} ${leaf.name}` : `arb ${route.name}`;

function presetSlugs({ routes }: ExportPlan): Slugs {
  return slugs(routes.flatMap((route) => route.arms.map(({ leaf }) => presetName(route, leaf))));
}

function listLoss(route: PlannedRoute, plan: ExportPlan): LossRow[] {
  const { name: rule, regions } = route;
  const gone = [...route.arms.map((arm) => arm.leaf), ...route.chain].filter(
    (leaf) => modelSlug(leaf) === undefined,
  );
  return [
    ...listRuleLoss(route, plan, keepings),
    ...gone.map(({ name }) => ({
      rule,
      feature: `target ${name}`,
      ...dropped('routing', 'it is not at OpenRouter'),
    })),
    ...(regions
      ? [{ rule, feature: 'require', ...dropped('failover', `use the base URL of ${regions}`) }]
      : []),
  ];
}

const keepings: Keepings = {
  condition: () => emulated('the carrier names the preset'),
  split: emulated('the carrier draws the arm'),
  fallback: exact('models, in order'),
  fallbackOn: dropped('failover', 'it moves on at any failure'),
  retry: dropped('failover', 'OpenRouter retries as it sees fit'),
  attemptTimeout: dropped('timing', 'no timeout per target'),
  firstTokenTimeout: dropped('timing', 'no timeout per target'),
  sticky: emulated('the carrier holds the rule of a session'),
};
