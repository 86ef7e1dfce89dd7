import { headerText, jsonText } from '../../encode.ts';
import { decide, pickArm } from '../../policy/decide.ts';
import type { Policy } from '../../policy/policy.ts';
import { resolveFeatures } from '../../policy/sources.ts';
import type { CarrierOptions } from './carrier.ts';
import { tagText, toHeader, toMetadataKey } from './carrier-text.ts';

/** What a caller with the carrier sends along with one request. */
export interface Carried {
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CarriedRequest {
  readonly id: string;
  readonly features: Parameters<typeof decide>[1];
  readonly session?: string;
}

/** The same as the generated carrier says, from features that are known. */
export function carry(
  policy: Policy,
  asked: CarriedRequest,
  { mirror, draws }: CarrierOptions,
): Carried {
  const { id, session } = asked;
  const features = resolveFeatures(policy, asked.features);
  const decision = decide(policy, features);
  const bySession = policy.rules[decision.index]?.split?.by === 'session';
  const drawn = decision.primaries.length > 1 && (bySession || draws === 'all');
  const key = bySession ? (session ?? id) : id;
  const arm = drawn ? pickArm(decision, policy.id, key) : undefined;
  const shown = Object.entries(features).map(([key, value]) => [key, String(value)] as const);
  const metadata = {
    arb_policy: policy.id,
    arb_tier: decision.rule,
    ...(arm !== undefined && { arb_arm: arm }),
    ...Object.fromEntries(shown.map(([key, value]) => [toMetadataKey(key), value])),
  };
  const headers = {
    'x-arb-policy': policy.id,
    'x-arb-tier': headerText(decision.rule),
    ...(arm !== undefined && { 'x-arb-arm': headerText(arm) }),
    ...(session !== undefined && { 'x-arb-session': headerText(session) }),
    ...Object.fromEntries(shown.map(([key, value]) => [toHeader(key), headerText(value)])),
    ...(mirror === 'x-portkey-metadata' && { 'x-portkey-metadata': jsonText(metadata) }),
    ...(mirror === 'x-litellm-tags' && { 'x-litellm-tags': tags(policy, metadata) }),
  };
  return { headers, metadata };
}

function tags(policy: Policy, metadata: Readonly<Record<string, string>>): string {
  const lists = policy.rules.flatMap(({ when }) =>
    Object.entries(when ?? {}).flatMap(([key, want]) => (Array.isArray(want) ? [key] : [])),
  );
  const tagged = new Set(['arb_policy', 'arb_tier', 'arb_arm', ...lists.map(toMetadataKey)]);
  return Object.entries(metadata)
    .filter(([key]) => tagged.has(key))
    .map(([key, value]) => `${key}:${tagText(value)}`)
    .join(',');
}
