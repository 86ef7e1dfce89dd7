import type { Policy } from '../../policy/policy.ts';
import { listSources, metadataKeys } from '../../policy/sources.ts';
import type { Carrier, CarrierOptions, Need } from './carrier.ts';
import { pythonCarrier } from './carrier-python.ts';
import { toMetadataKey } from './carrier-text.ts';
import { typescriptCarrier } from './carrier-typescript.ts';

/** The carrier in both languages. */
export function carrierFiles(policy: Policy, options: CarrierOptions) {
  const carrier = createCarrier(policy, options);
  return [
    { path: 'arb-carrier.ts', text: typescriptCarrier(carrier) },
    { path: 'arb_carrier.py', text: pythonCarrier(carrier) },
  ];
}

/** What of a policy the generated files need to know. */
export function createCarrier(policy: Policy, { mirror, draws }: CarrierOptions): Carrier {
  const asked = new Set(policy.rules.flatMap((rule) => Object.keys(rule.when ?? {})));
  const sources = listSources(policy);
  return {
    policy: policy.id,
    bytesPerToken: policy.features.input_tokens?.bytes_per_token ?? 4,
    rules: policy.rules.map(({ name, when = {}, split }) => {
      const drawn = split && (draws === 'all' || split.by === 'session') ? split.to : [];
      const arms = drawn.map(({ target, weight }) => [target, weight] as const);
      const salt = split?.salt ?? `${policy.id}\n${name}`;
      return [name, when, arms, split?.by ?? 'request', arms.length > 0 ? salt : ''];
    }),
    needs: needs.filter((need) => asked.has(need)),
    taskFrom: metadataKeys(sources.task),
    sessionFrom: metadataKeys(sources.session),
    tagged: ['arb_policy', 'arb_tier', 'arb_arm', ...lists(policy).map(toMetadataKey)],
    sticky: policy.sticky !== undefined,
    mirror,
  };
}

/** The features that a list condition asks for. */
function lists(policy: Policy): string[] {
  const conditions = policy.rules.flatMap((rule) => Object.entries(rule.when ?? {}));
  return [...new Set(conditions.flatMap(([key, want]) => (Array.isArray(want) ? [key] : [])))];
}

const needs: readonly Need[] = ['turns', 'tools', 'json', 'vision', 'app'];
