import type { Policy } from '../../policy/policy.ts';
import { pythonCarrier } from './carrier-python.ts';
import { typescriptCarrier } from './carrier-typescript.ts';

/**
 * The carrier: a function without dependencies, generated from the policy, that computes what a
 * gateway cannot see and says it in headers and in the gateway's own metadata.
 */
export interface Carrier {
  readonly policy: string;
  readonly bytesPerToken: number;
  /** Name, conditions and arms of each rule, as `decide` reads them. */
  readonly rules: readonly CarrierRule[];
  /** What a condition asks for beyond `input_tokens`, `task` and the region. */
  readonly needs: readonly Need[];
  /** `metadata.<key>` names that stand in for a task that is not given. */
  readonly taskFrom: readonly string[];
  /** Names in the metadata that are worth a tag: list conditions and attribution. */
  readonly tagged: readonly string[];
  readonly sticky: boolean;
  readonly mirror: Mirror;
}

export type CarrierRule = readonly [
  name: string,
  when: Readonly<Record<string, unknown>>,
  arms: readonly (readonly [target: string, weight: number])[],
  by: 'session' | 'request',
];

export type Need = 'turns' | 'tools' | 'json' | 'vision' | 'app';
const needs: readonly Need[] = ['turns', 'tools', 'json', 'vision', 'app'];

/** Where the metadata goes: a header of the gateway, a list of tags, or the caller's own body. */
export type Mirror = 'x-portkey-metadata' | 'x-litellm-tags' | 'none';

export interface CarrierOptions {
  readonly mirror: Mirror;
  /** Which splits the carrier draws; the gateway draws the others by weight. */
  readonly draws: 'session' | 'all';
}

export function carrierOf(policy: Policy, { mirror, draws }: CarrierOptions): Carrier {
  const asked = new Set(policy.rules.flatMap((rule) => Object.keys(rule.when ?? {})));
  const sources = policy.features.task?.from ?? [];
  return {
    policy: policy.id,
    bytesPerToken: policy.features.input_tokens?.bytes_per_token ?? 4,
    rules: policy.rules.map(({ name, when = {}, split }) => {
      const drawn = split && (draws === 'all' || split.by === 'session') ? split.to : [];
      const arms = drawn.map(({ target, weight }) => [target, weight] as const);
      return [name, when, arms, split?.by ?? 'request'];
    }),
    needs: needs.filter((need) => asked.has(need)),
    taskFrom: sources.flatMap((from) =>
      from.startsWith('metadata.') ? [from.slice('metadata.'.length)] : [],
    ),
    tagged: ['arb_policy', 'arb_tier', 'arb_arm', ...lists(policy).map(metadataKeyOf)],
    sticky: policy.sticky !== undefined,
    mirror,
  };
}

/** The features that a list condition asks for. */
function lists(policy: Policy): string[] {
  const conditions = policy.rules.flatMap((rule) => Object.entries(rule.when ?? {}));
  return [...new Set(conditions.flatMap(([key, want]) => (Array.isArray(want) ? [key] : [])))];
}

/** The carrier in both languages. */
export function carrierFiles(policy: Policy, options: CarrierOptions) {
  const carrier = carrierOf(policy, options);
  return [
    { path: 'arb-carrier.ts', text: typescriptCarrier(carrier) },
    { path: 'arb_carrier.py', text: pythonCarrier(carrier) },
  ];
}

/** The header that carries a feature: `x-arb-input-tokens`, `x-arb-region`, `x-arb-meta-team`. */
export function headerOf(feature: string): string {
  if (feature === 'metadata.region') return 'x-arb-region';
  const name = feature.replace(/^metadata\./, 'meta-').toLowerCase();
  return `x-arb-${name.replaceAll(/[^a-z0-9-]/g, '-')}`;
}

/** The name of a feature in a gateway's metadata, without dots, which some read as a path. */
export function metadataKeyOf(feature: string): string {
  return feature.startsWith('metadata.')
    ? feature.slice('metadata.'.length).replaceAll('.', '_')
    : `arb_${feature}`;
}

/** A value as a header can hold it: printable ASCII, everything else and `%` percent-encoded. */
export function headerText(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/^ | $|[^ -$&-~]+/g, (part) => (part === ' ' ? '%20' : encodeURIComponent(part)));
}

/** JSON in printable ASCII, for headers. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
