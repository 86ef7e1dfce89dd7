import { describeCondition } from '../policy/explain.ts';
import type { Policy, Rule } from '../policy/policy.ts';

/** What another policy does differently, a line each, in the order of its rules. */
export function diffPolicies(before: Policy | undefined, after: Policy): string[] {
  if (!before) return after.rules.map((rule) => `new: ${describeRule(rule)}`);
  const known = new Map(before.rules.map((rule) => [conditionOf(rule), rule]));
  const kept = new Set(after.rules.map(conditionOf));
  const changes = after.rules.flatMap((rule): string[] => {
    const old = known.get(conditionOf(rule));
    if (!old) return [`new: ${describeRule(rule)}`];
    const [from, to] = [describeRoute(old), describeRoute(rule)];
    return from === to ? [] : [`changed: ${describeWhen(rule)} goes to ${to}, before to ${from}`];
  });
  const gone = before.rules.filter((rule) => !kept.has(conditionOf(rule)));
  return [...changes, ...gone.map((rule) => `gone: ${describeRule(rule)}`)];
}

const conditionOf = ({ when }: Rule) => JSON.stringify(when ?? null);

const describeRule = (rule: Rule) => `${describeWhen(rule)} goes to ${describeRoute(rule)}`;

function describeWhen({ when }: Rule): string {
  if (!when) return 'every other request';
  const conditions = Object.entries(when).map(([key, condition]) =>
    describeCondition(key, condition),
  );
  return `a request whose ${conditions.join(' and ')}`;
}

function describeRoute({ use, split, fallback = [] }: Rule): string {
  const first = split
    ? split.to.map(({ target, weight }) => `${target} (${weight})`).join(' or ')
    : (use ?? '');
  return fallback.length === 0 ? first : `${first}, then ${fallback.join(', ')}`;
}
