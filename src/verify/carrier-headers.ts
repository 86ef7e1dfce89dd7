import {
  asciiJson,
  type CarrierOptions,
  headerOf,
  headerText,
  metadataKeyOf,
} from '../gateway/carrier/carrier.ts';
import { tagText } from '../gateway/litellm-plain/litellm-plain.ts';
import { decide, pickArm } from '../policy/decide.ts';
import type { Policy } from '../policy/policy.ts';

/** What a caller with the carrier sends along with one request, for every gateway at once. */
export interface Carried {
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly id: string;
  readonly features: Parameters<typeof decide>[1];
  readonly session?: string;
}

/** The same as the generated carrier says, from features that are known. */
export function carried(
  policy: Policy,
  { id, features, session }: Asked,
  draws: CarrierOptions['draws'] = 'session',
): Carried {
  const decision = decide(policy, features);
  const bySession = policy.rules[decision.index]?.split?.by === 'session';
  const drawn = decision.primaries.length > 1 && (bySession || draws === 'all');
  const key = bySession ? (session ?? id) : id;
  const arm = drawn ? pickArm(decision, policy.id, key) : undefined;
  const shown = Object.entries(features).map(([key, value]) => [key, String(value)] as const);
  const metadata = {
    ...{ arb_policy: policy.id, arb_tier: decision.rule },
    ...(arm !== undefined && { arb_arm: arm }),
    ...Object.fromEntries(shown.map(([key, value]) => [metadataKeyOf(key), value])),
  };
  const lists = policy.rules.flatMap(({ when }) =>
    Object.entries(when ?? {}).flatMap(([key, want]) => (Array.isArray(want) ? [key] : [])),
  );
  const tagged = new Set(['arb_policy', 'arb_tier', 'arb_arm', ...lists.map(metadataKeyOf)]);
  const tags = Object.entries(metadata).filter(([key]) => tagged.has(key));
  const headers = {
    ...{ 'x-arb-policy': policy.id, 'x-arb-tier': headerText(decision.rule) },
    ...(arm !== undefined && { 'x-arb-arm': headerText(arm) }),
    ...(session !== undefined && { 'x-arb-session': headerText(session) }),
    ...Object.fromEntries(shown.map(([key, value]) => [headerOf(key), headerText(value)])),
    'x-portkey-metadata': asciiJson(metadata),
    'x-litellm-tags': tags.map(([key, value]) => `${key}:${tagText(value)}`).join(','),
  };
  return { headers, metadata };
}
