import { weightOf } from '../../outcome/outcome-vector.ts';
import { toArms } from '../../policy/decide.ts';
import { listTargets, type Policy, type Rule } from '../../policy/policy.ts';
import type { Features } from '../../workload/request.ts';
import { meetsRegions, requiredRegions } from '../../workload/residency.ts';
import type { FixedRoute } from '../problem/options.ts';
import { featureReader, ruleByRow } from '../problem/policy-vector.ts';
import { dataClassKey } from '../problem/problem.ts';
import type { Study } from '../problem/study.ts';

/**
 * Hard requirements that a policy breaks on the rows of a study, in words: terms, residency and data
 * class (fallbacks too), context windows, capacity at the peak, shares of a provider.
 */
export function findUnmet(study: Study, policy: Policy): readonly string[] {
  const broken = new Map<string, number>();
  const found = (what: string) => broken.set(what, (broken.get(what) ?? 0) + 1);
  const shown = featureReader(study.table);
  const weights = new Map<string, number>();
  ruleByRow(study.table, policy).forEach((index, row) => {
    const rule = policy.rules[index];
    if (!rule) return;
    for (const what of brokenBy(study, rule, shown(row))) found(what);
    for (const { target, share } of toArms(rule)) {
      weights.set(target, (weights.get(target) ?? 0) + share * weightOf(study.table, row));
    }
  });
  const { targets } = study.options;
  const terms = [...new Set(policy.rules.flatMap(listTargets))]
    .filter((name) => targets[name]?.terms === 'forbidden')
    .map((name) => `${name} may not be used: its terms or policy.forbid forbid it`);
  const counted = [...broken].map(([what, count]) => `${count} requests: ${what}`);
  return [...terms, ...counted, ...overloaded(study, weights)];
}

function brokenBy({ options }: Study, rule: Rule, features: Features): string[] {
  const { residency, targets, pin, forbid } = options;
  const required = requiredRegions(residency, (feature) => features[feature]);
  const dataClass = features[dataClassKey];
  const tokens = Number(features.input_tokens ?? 0);
  const primaries = new Set(toArms(rule).map(({ target }) => target));
  const isMet = ({ when }: FixedRoute) =>
    Object.entries(when).every(([key, values]) => values.includes(String(features[key])));
  const pinned = pin.find(isMet)?.use;
  return listTargets(rule).flatMap((name): string[] => {
    const { regions, dataClasses, contextTokens = Infinity } = targets[name] ?? {};
    const abroad = required && !meetsRegions(regions, required);
    const closed = dataClass !== undefined && dataClasses?.includes(String(dataClass)) === false;
    const long = tokens > contextTokens && primaries.has(name);
    const moved = pinned !== undefined && pinned !== name && primaries.has(name);
    const barred = forbid.some((route) => route.use === name && isMet(route));
    return [
      ...(moved ? [`rule ${rule.name} sends them to ${name}, policy.pin to ${pinned}`] : []),
      ...(barred
        ? [`rule ${rule.name} may send them to ${name}, which policy.forbid forbids`]
        : []),
      ...(abroad ? [`rule ${rule.name} may send them to ${name}, outside their regions`] : []),
      ...(closed
        ? [`rule ${rule.name} may send them to ${name}, not open to their data class`]
        : []),
      ...(long ? [`rule ${rule.name} sends them to ${name}, whose context is too short`] : []),
    ];
  });
}

/** Targets and providers that would get more than they take. */
function overloaded(study: Study, weights: ReadonlyMap<string, number>): string[] {
  const { peakRpm, maxProviderShare = 1, targets } = study.options;
  const shares = [...weights].map(([name, weight]) => ({
    name,
    share: weight / study.totalWeight,
  }));
  const providers = Map.groupBy(shares, ({ name }) => targets[name]?.provider ?? name);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  // Shares are sums of weights: a limit met exactly is met.
  const over = (share: number, limit: number) => share > limit + 1e-9;
  return [
    ...shares.flatMap(({ name, share }) => {
      const rpm = targets[name]?.rpm;
      if (peakRpm === undefined || rpm === undefined || !over(share, rpm / peakRpm)) return [];
      return [`${name} gets ${percent(share)} of ${peakRpm} requests a minute, and takes ${rpm}`];
    }),
    ...[...providers].flatMap(([provider, members]) => {
      const share = members.reduce((sum, member) => sum + member.share, 0);
      if (!over(share, maxProviderShare)) return [];
      return [
        `${provider} gets ${percent(share)} of the requests, ${percent(maxProviderShare)} allowed`,
      ];
    }),
  ];
}
