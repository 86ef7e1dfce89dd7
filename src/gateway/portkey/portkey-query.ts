/** What a condition of Portkey asks for, in the words of a policy. */
export type ConditionValue = string[] | boolean | { gte?: number; lt?: number };

export const isRange = (value: unknown): value is { gte?: number; lt?: number } =>
  typeof value === 'object' && !Array.isArray(value);

/** Each key with one operator; the evaluator reads only the first `$and` or `$or` it meets. */
export function readClauses(query: Record<string, unknown>): [string, string, unknown][] {
  return Object.entries(query).flatMap(([key, value]): [string, string, unknown][] => {
    if (key === '$and' && Array.isArray(value)) {
      return value.flatMap((inner) =>
        typeof inner === 'object' && inner !== null
          ? readClauses(inner as Record<string, unknown>)
          : [[key, '$eq', inner] as [string, string, unknown]],
      );
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return [[key, '$eq', value]];
    }
    return Object.entries(value).map(([operator, operand]) => [key, operator, operand]);
  });
}

interface Found {
  readonly feature: string;
  readonly want: ConditionValue;
}

export function readCondition(key: string, operator: string, value: unknown): Found | undefined {
  const own = key.startsWith('metadata.') ? key.slice('metadata.'.length) : '';
  const feature = featureNames.get(own) ?? (own ? `metadata.${own}` : '');
  if (key === 'params.tools' && operator === '$regex') {
    return { feature: 'tools', want: value === '^\\[object' };
  }
  if (feature === '') return undefined;
  if (operator === '$eq' && isFlag(feature)) return { feature, want: String(value) === 'true' };
  if (feature === 'input_tokens' || feature === 'turns') {
    const bound = Number(value);
    if (operator === '$gte') return { feature, want: { gte: bound } };
    if (operator === '$lt') return { feature, want: { lt: bound } };
    if (operator === '$gt') return { feature, want: { gte: Math.floor(bound) + 1 } };
    if (operator === '$lte') return { feature, want: { lt: Math.floor(bound) + 1 } };
    return undefined;
  }
  if (operator === '$eq') return { feature, want: [String(value)] };
  if (operator !== '$in' || !Array.isArray(value)) return undefined;
  return { feature, want: [...new Set(value.map(String))] };
}

const featureNames: ReadonlyMap<string, string> = new Map([
  ['arb_input_tokens', 'input_tokens'],
  ['arb_task', 'task'],
  ['task', 'task'],
  ['arb_app', 'app'],
  ['arb_turns', 'turns'],
  ['arb_tools', 'tools'],
  ['arb_json', 'json'],
  ['arb_vision', 'vision'],
]);

const isFlag = (feature: string) => ['tools', 'json', 'vision'].includes(feature);

/** The rule that a condition on the carrier's own rule name leads to. */
export function heldTier(query: Record<string, unknown>): string | undefined {
  const [clause, ...more] = readClauses(query);
  if (!clause || more.length > 0 || clause[0] !== 'metadata.arb_tier') return undefined;
  return String(clause[2]);
}
