import { createHash } from 'node:crypto';

/**
 * Any value of `routes.yaml` as it is written: defaults are not filled in. What decides of it is
 * `features`, `sticky`, `on_failure`, `rules` and of each target `decidingKeys`.
 */
export type Written = Readonly<Record<string, unknown>>;

/** What of a target decides: not prices, addresses or names of keys. */
const decidingKeys = ['provider', 'model', 'via', 'params', 'regions'] as const;

/**
 * The id of a policy: the first 16 hex digits of SHA-256 over the canonical JSON of what decides,
 * as written. Same decision, same id. It guards against accidents, not against forgers.
 */
export function policyId({ features, sticky, on_failure, rules, targets }: Written): string {
  const deciding = Object.entries(targets ?? {}).map(([name, target]) => [
    name,
    Object.fromEntries(
      decidingKeys.flatMap((key) => {
        const value = (target as Written | null)?.[key];
        return value === undefined ? [] : [[key, value]];
      }),
    ),
  ]);
  return hash({ features, sticky, on_failure, rules, targets: Object.fromEntries(deciding) });
}

/**
 * The id that arb 0.1.0 gave: over whole targets, with defaults filled in. Policies that carry it
 * keep it.
 */
export function formerPolicyId(filled: object): string {
  const { features, sticky, targets, rules, on_failure } = filled as Written;
  return hash({ features, sticky, targets, rules, on_failure });
}

function hash(deciding: object): string {
  const digest = createHash('sha256').update(canonicalJson(deciding)).digest('hex');
  return `sha256-${digest.slice(0, 16)}`;
}

/** JSON with sorted keys and without absent values: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
