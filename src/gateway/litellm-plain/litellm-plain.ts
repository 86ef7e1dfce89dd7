import { matches } from '../../policy/decide.ts';
import type { Policy, Rule } from '../../policy/policy.ts';
import { tagText, toMetadataKey } from '../carrier/carrier-text.ts';
import {
  dropped,
  emulated,
  exact,
  type Keepings,
  type LossRow,
  listAdaptedLoss,
  listRuleLoss,
} from '../export/loss.ts';
import type { ExportPlan, PlannedRoute } from '../export/plan.ts';
import type { Built } from '../kit/define-gateway.ts';
import { deployment, litellmYaml, writeRetryPolicy } from '../litellm/litellm-deployment.ts';

/**
 * LiteLLM's proxy without code. A band of input tokens is a group whose deployments all have its
 * upper end as `max_input_tokens`; what does not fit moves on by `context_window_fallbacks`. In a
 * band, tags choose among the rules, weights draw arms, `order` walks the chain. LiteLLM counts
 * tokens its own way, so requests near an edge land in another band.
 */
export function buildLitellmPlain(plan: ExportPlan): Built {
  const tagged = taggedFeature(plan.policy);
  const kept = plan.policy.rules.filter((rule) => isPlain(rule, tagged));
  const effective: Policy = { ...plan.policy, rules: kept };
  const bands = splitBands(effective, tagged);
  const names = bands.map((band, index) => bandName(plan.entry, band, index));
  const routes = new Map(plan.routes.map((route) => [route.name, route]));
  const config = {
    model_list: bands.flatMap((band, index) =>
      band.cells.flatMap((cell) =>
        writeDeployments(routes.get(cell.rule) as PlannedRoute, {
          group: names[index] as string,
          policy: plan.policy.id,
          cell,
          ...(bands.length > 1 && { maxInputTokens: (band.below ?? NO_BOUND) - 1 }),
          filtered: tagged !== undefined,
        }),
      ),
    ),
    router_settings: {
      routing_strategy: 'simple-shuffle',
      ...(bands.length > 1 && { enable_pre_call_checks: true }),
      ...(tagged && { tag_filtering_match_any: true }),
      // Each band that does not fit counts as one fallback, before the first failure does.
      max_fallbacks: bands.length + Math.max(...plan.routes.map((route) => route.chain.length)) + 1,
      ...(bands.length > 1 && {
        context_window_fallbacks: names
          .slice(0, -1)
          // Only the next one: a longer list would be walked after failures in the band, too.
          .map((name, index) => ({ [name]: [names[index + 1]] })),
      }),
      model_group_retry_policy: Object.fromEntries(
        names.map((name) => [name, writeRetryPolicy(plan)]),
      ),
    },
  };
  return {
    files: [{ path: 'litellm.yaml', text: litellmYaml(plan, config) }],
    loss: [
      ...plan.routes.flatMap((route) => listLoss(route, { plan, tagged, kept })),
      ...listAdaptedLoss(plan),
    ],
    notes: [
      'Start: litellm --config litellm.yaml',
      `Callers ask for the model "${plan.entry}".`,
      ...(tagged ? [`They say ${tagged} in x-litellm-tags, as the carrier does.`] : []),
      ...(bands.length > 1
        ? [
            'Pre-call checks hold for the whole proxy, and LiteLLM shares max_input_tokens between all ' +
              'deployments of a model: give your own groups of these models a max_input_tokens too.',
          ]
        : []),
    ],
    effective,
  };
}

/** The one feature that tags can carry: the list condition that most rules ask for. */
function taggedFeature(policy: Policy): string | undefined {
  const asked = policy.rules.flatMap((rule) =>
    Object.entries(rule.when ?? {}).flatMap(([key, value]) => (Array.isArray(value) ? [key] : [])),
  );
  const uses = (key: string) => asked.filter((other) => other === key).length;
  return [...new Set(asked)].sort((a, b) => uses(b) - uses(a))[0];
}

function isPlain(rule: Rule, tagged: string | undefined): boolean {
  return Object.keys(rule.when ?? {}).every((key) => key === 'input_tokens' || key === tagged);
}

/** LiteLLM lends a deployment without a bound the one that another has for the same model. */
const NO_BOUND = 1_000_000_000;

/** Requests of less than `below` tokens that no earlier band takes. */
interface Band {
  readonly below?: number;
  readonly cells: readonly Cell[];
}

/** The requests of a band that one rule takes, by their tags; `default` stands for all others. */
interface Cell {
  readonly rule: string;
  readonly tags?: readonly string[];
}

function splitBands(policy: Policy, tagged: string | undefined): Band[] {
  const edges = policy.rules.flatMap(({ when }) => [
    ...(when?.input_tokens?.gte ? [when.input_tokens.gte] : []),
    ...(when?.input_tokens?.lt ? [when.input_tokens.lt] : []),
  ]);
  const starts = [0, ...[...new Set(edges)].sort((a, b) => a - b)];
  const bands = starts.map((start, index) => ({
    ...(index < starts.length - 1 && { below: starts[index + 1] as number }),
    cells: splitCells(policy, tagged, start),
  }));
  // Where two neighbours say the same, the upper one takes both.
  return bands.filter(
    (band, index) => JSON.stringify(band.cells) !== JSON.stringify(bands[index + 1]?.cells),
  );
}

function splitCells(policy: Policy, tagged: string | undefined, input_tokens: number): Cell[] {
  const ruleFor = (value?: string) => {
    const features = { input_tokens, ...(tagged && value !== undefined && { [tagged]: value }) };
    return policy.rules.find((rule) => matches(rule.when, features))?.name ?? '';
  };
  if (tagged === undefined) return [{ rule: ruleFor() }];
  const values = new Set(
    policy.rules.flatMap(({ when }) => {
      const wanted = Object.entries(when ?? {}).find(([key]) => key === tagged)?.[1];
      return Array.isArray(wanted) ? wanted : [];
    }),
  );
  const tag = (value: string) => `${toMetadataKey(tagged)}:${tagText(value)}`;
  const taken = [...values].map((value) => ({ rule: ruleFor(value), tag: tag(value) }));
  const all = [...taken, { rule: ruleFor(), tag: 'default' }];
  return [...Map.groupBy(all, ({ rule }) => rule)].map(([rule, members]) => ({
    rule,
    tags: members.map((member) => member.tag),
  }));
}

function bandName(entry: string, band: Band, index: number): string {
  return index === 0 ? entry : `${entry}/${band.below === undefined ? 'rest' : `lt${band.below}`}`;
}

interface Place {
  readonly group: string;
  readonly policy: string;
  readonly cell: Cell;
  readonly maxInputTokens?: number;
  /** Whether tags choose in this group, whatever holds for the others of the proxy. */
  readonly filtered: boolean;
}

function writeDeployments(route: PlannedRoute, place: Place): object[] {
  const { group, policy, cell, maxInputTokens, filtered } = place;
  const { attempt_ms, first_token_ms } = route.timeouts;
  const steps = [
    ...route.arms.map(({ leaf, weight }) => ({ leaf, order: 1, weight })),
    ...route.chain.map((leaf, index) => ({ leaf, order: index + 2, weight: 1 })),
  ];
  return steps.map(({ leaf, order, weight }) => ({
    model_name: group,
    litellm_params: {
      ...deployment(leaf),
      weight,
      order,
      cooldown_time: 0,
      ...(cell.tags && { tags: cell.tags }),
      ...(attempt_ms && { timeout: attempt_ms / 1_000 }),
      ...(first_token_ms && { stream_timeout: first_token_ms / 1_000 }),
    },
    model_info: {
      // The answer's header x-litellm-model-id says by this which rule and which step it was.
      id: [group, route.name, order, leaf.name].join(' > '),
      arb_policy: policy,
      enable_tag_filtering: filtered,
      ...(maxInputTokens !== undefined && { max_input_tokens: maxInputTokens }),
    },
  }));
}

interface LossContext {
  readonly plan: ExportPlan;
  readonly tagged: string | undefined;
  readonly kept: readonly Rule[];
}

function listLoss(route: PlannedRoute, { plan, tagged, kept }: LossContext): LossRow[] {
  const { name: rule } = route;
  if (kept.some((other) => other.name === rule)) {
    return listRuleLoss(route, plan, keepings(route));
  }
  const foreign = route.when.filter(
    ({ feature }) => feature !== 'input_tokens' && feature !== tagged,
  );
  const gone = dropped('routing', 'no key asks for it: the rule is left out');
  return foreign.map(({ feature }) => ({ rule, feature, ...gone }));
}

function keepings({ arms, splitBy }: PlannedRoute): Keepings {
  return {
    condition: (feature) =>
      feature === 'input_tokens'
        ? dropped('routing', 'LiteLLM counts tokens its own way')
        : emulated(`needs the tag ${toMetadataKey(feature)}:...`),
    split:
      splitBy === 'request'
        ? exact('weight')
        : dropped('routing', 'arms are drawn per request, not per session'),
    fallback: exact('order within the group'),
    fallbackOn: dropped('failover', 'it moves on at any failure'),
    retry: arms.length > 1 ? dropped('failover', 'a retry may draw the other arm') : undefined,
    attemptTimeout: exact('timeout'),
    firstTokenTimeout: exact('stream_timeout'),
    sticky: dropped('routing', 'each request is decided for itself'),
  };
}
