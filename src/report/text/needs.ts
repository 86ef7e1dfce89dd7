import { listTargets, type Policy } from '../../policy/policy.ts';
import { listSources } from '../../policy/sources.ts';

/** What a policy needs of whoever runs it, and where it sends requests: what its figures do not show. */
export function describeNeeds(policy: Policy): string[] {
  return [...taskSources(policy), ...places(policy)];
}

/** A rule that asks for a task meets no request that does not say one. */
function taskSources({ rules, features }: Policy): string[] {
  if (!rules.some(({ when }) => when?.task)) return [];
  const from = listSources({ features }).task.map((source) => source.replace(':', ' '));
  const last = rules.at(-1)?.name ?? 'otherwise';
  return [
    `needs: the task in ${from.join(', else in ')}; a request without one meets rule ${last}`,
  ];
}

/** The regions of everything that a rule names; a rule of residency has been kept to already. */
function places({ rules, targets }: Policy): string[] {
  const used = [...new Set(rules.flatMap(listTargets))];
  const known = used.flatMap((name) => {
    const regions = targets[name]?.regions ?? [];
    return regions.length > 0 ? [`${name} ${regions.join(', ')}`] : [];
  });
  if (known.length === 0) return [];
  const limited = rules.some(({ require }) => require?.regions);
  return [
    `served in: ${known.join('; ')} (${limited ? 'within constraints.residency' : 'constraints.residency of arb.yaml limits none of it'})`,
  ];
}
