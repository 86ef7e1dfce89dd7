import { jsonText } from '../../encode.ts';
import { printableJson } from '../../lines.ts';
import { toMetadataKey } from '../carrier/carrier-text.ts';
import {
  dropped,
  emulated,
  exact,
  type Keepings,
  listAdaptedLoss,
  listPriceLoss,
  listRuleLoss,
} from '../export/loss.ts';
import type { Condition, ExportPlan, Leaf, PlannedRoute } from '../export/plan.ts';
import { toReach } from '../export/reach.ts';
import { toStatusCodes } from '../export/status.ts';
import type { Built } from '../kit/define-gateway.ts';
import { portkeyProviders } from './provider-names.ts';

/** Portkey's gateway: one config of nested targets, sent with each request in `x-portkey-config`. */
interface Node {
  readonly name: string;
  readonly strategy?: object;
  readonly targets?: readonly Node[];
  readonly [key: string]: unknown;
}

/** It answers 500 where a connection is refused and 503 where it times out (1.15.2). */
const CONNECT_CODES = [500, 503];

export function buildPortkey(plan: ExportPlan): Built {
  const conditions = plan.routes.flatMap((route) =>
    route.when.length > 0 ? [branch(route.when.flatMap(writeClauses), route.name)] : [],
  );
  // The rule that the carrier holds for a session goes before all conditions.
  const held = plan.policy.sticky ? plan.routes.map(({ name }) => equal('arb_tier', name)) : [];
  const last = plan.routes.at(-1) as PlannedRoute;
  const config = {
    strategy: { mode: 'conditional', conditions: [...held, ...conditions], default: last.name },
    ...writeRetry(plan),
    targets: plan.routes.map((route) => ruleNode(route, plan)),
  };
  const keys = [...new Set(plan.leaves.flatMap((leaf) => leaf.keyEnv ?? []))];
  return {
    files: [{ path: 'portkey.json', text: `${indented(config)}\n` }],
    loss: [
      ...plan.routes.flatMap((route) => listRuleLoss(route, plan, keepings(route, plan))),
      ...listPriceLoss(plan),
      ...listAdaptedLoss(plan),
    ],
    notes: [
      'Send portkey.json on one line in the header x-portkey-config, metadata in x-portkey-metadata.',
      ...(keys.length > 0
        ? [
            `Put the value of each key in place of its name first: ${keys.map((key) => `$${key}`).join(', ')}.`,
          ]
        : []),
      ...(jsonText(config).length > HEADER_LIMIT
        ? ['Start the gateway with NODE_OPTIONS=--max-http-header-size=262144: it is over 12 KB.']
        : []),
    ],
  };
}

/** Node refuses headers over 16 KB together; a quarter is left for the others. */
const HEADER_LIMIT = 12_288;

/**
 * The evaluator stops at the first `$and`, `$or` or `$regex` it meets, so each query has one
 * top-level `$and` and each object one operator.
 */
function branch($and: readonly object[], name: string): object {
  // biome-ignore lint/suspicious/noThenProperty: this is Portkey's word for where it leads
  return { query: { $and }, then: name };
}

const equal = (key: string, name: string) => branch([{ [`metadata.${key}`]: { $eq: name } }], name);

function writeClauses(condition: Condition): object[] {
  const key = `metadata.${toMetadataKey(condition.feature)}`;
  switch (condition.kind) {
    case 'range':
      return [
        ...(condition.gte === undefined ? [] : [{ [key]: { $gte: condition.gte } }]),
        ...(condition.lt === undefined ? [] : [{ [key]: { $lt: condition.lt } }]),
      ];
    case 'flag':
      if (condition.feature !== 'tools') return [{ [key]: { $eq: String(condition.is) } }];
      // The array is read as text: "[object Object],..." where there is a tool, "" or "undefined" else.
      return [{ 'params.tools': { $regex: condition.is ? '^\\[object' : '^(?!\\[object)' } }];
    case 'member':
      return [{ [key]: { $in: condition.values.flatMap(asWritten) } }];
  }
}

/** `$in` compares types too: metadata that callers write as 5 or true is meant as well. */
function asWritten(value: string): unknown[] {
  if (value === 'true' || value === 'false') return [value, value === 'true'];
  return value !== '' && String(Number(value)) === value ? [value, Number(value)] : [value];
}

function ruleNode(route: PlannedRoute, plan: ExportPlan): Node {
  const { codes } = toStatusCodes(plan.failure.fallbackOn, CONNECT_CODES);
  return {
    name: route.name,
    strategy: { mode: 'fallback', on_status_codes: codes },
    ...(route.timeouts.attempt_ms && { request_timeout: route.timeouts.attempt_ms }),
    targets: [primaryNode(route), ...route.chain.map(leafNode)],
  };
}

/** An arm is drawn here by weight, or, where it holds for a session, by the carrier. */
function primaryNode(route: PlannedRoute): Node {
  const [first] = route.arms;
  if (first && route.arms.length === 1) return leafNode(first.leaf);
  const drawn: Node = {
    name: '(split)',
    strategy: { mode: 'loadbalance' },
    targets: route.arms.map(({ leaf, weight }) => ({ ...leafNode(leaf), weight })),
  };
  if (route.splitBy === 'request') return drawn;
  return {
    name: '(session split)',
    strategy: {
      mode: 'conditional',
      conditions: route.arms.map(({ leaf }) => equal('arb_arm', leaf.name)),
      default: drawn.name,
    },
    targets: [...route.arms.map(({ leaf }) => leafNode(leaf)), drawn],
  };
}

function leafNode(leaf: Leaf): Node {
  const { provider, baseUrl } = toReach(leaf, portkeyProviders);
  return {
    name: leaf.name,
    ...(leaf.bound === undefined
      ? { provider, api_key: leaf.keyEnv ? `$${leaf.keyEnv}` : 'none' }
      : { virtual_key: leaf.bound }),
    ...(baseUrl !== undefined &&
      leaf.bound === undefined && { custom_host: customHost(leaf, baseUrl) }),
    override_params: { ...leaf.set, ...(leaf.model !== undefined && { model: leaf.model }) },
  };
}

/** Said once: every target inherits it. */
function writeRetry({ failure }: ExportPlan): object {
  if (failure.retries === 0) return {};
  const { codes } = toStatusCodes(failure.retryOn, CONNECT_CODES);
  return { retry: { attempts: failure.retries, on_status_codes: codes } };
}

/** Its Anthropic integration has the version in the address, ours has not. */
function customHost(leaf: Leaf, baseUrl: string): string {
  return leaf.provider === 'anthropic' && !baseUrl.endsWith('/v1') ? `${baseUrl}/v1` : baseUrl;
}

function keepings(route: PlannedRoute, { failure }: ExportPlan): Keepings {
  const { unseen } = toStatusCodes(failure.fallbackOn, CONNECT_CODES);
  return {
    condition: (feature) =>
      feature === 'tools'
        ? exact('read from the request')
        : emulated(`needs ${toMetadataKey(feature)} in metadata`),
    split:
      route.splitBy === 'request'
        ? exact('weights of loadbalance')
        : emulated('needs arb_arm in metadata, else an arm per request'),
    fallback: exact('fallback in order'),
    fallbackOn:
      unseen.length > 0 ? dropped('failover', `no status says ${unseen.join(', ')}`) : undefined,
    attemptTimeout: exact('request_timeout; of a stream, up to its headers'),
    firstTokenTimeout: dropped('timing', 'there is one timeout only'),
    sticky: emulated('needs arb_tier in metadata'),
  };
}

const indented = printableJson;
