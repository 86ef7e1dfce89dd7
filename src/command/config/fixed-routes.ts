import { UsageError } from '../../errors.ts';
import type { FixedRoute, RecommendOptions, TargetFacts } from '../../optimize/problem/options.ts';
import type { Setting, SettingSource } from '../../optimize/setting.ts';
import { toRecord } from '../../record.ts';
import type { Config } from './schema.ts';

/** What arb.yaml says a policy must and may not do, whatever is cheapest. */
export type FixedRoutes = Pick<RecommendOptions, 'pin' | 'pinnedTargets' | 'forbid'> & {
  readonly targets: Readonly<Record<string, TargetFacts>>;
};

/**
 * `policy.pin` and `policy.forbid`, each a list of targets and of rules. A forbidden target is one that
 * may not be used at all: no rule and no fallback has it.
 *
 * @throws UsageError for a target that nobody measured
 */
export function readFixedRoutes(
  facts: Readonly<Record<string, TargetFacts>>,
  { pin = [], forbid = [] }: Pick<Config['policy'], 'pin' | 'forbid'>,
): FixedRoutes {
  const known = (key: string, name: string) => {
    if (facts[name] !== undefined) return;
    throw new UsageError(
      `policy.${key}: no target is named "${name}". There are ${Object.keys(facts).join(', ')}.`,
    );
  };
  for (const one of pin) known('pin', nameTarget(one));
  for (const one of forbid) known('forbid', nameTarget(one));
  const forbidden = forbid
    .filter((one) => typeof one === 'string')
    .map((name): [string, TargetFacts] => [name, { ...facts[name], terms: 'forbidden' }]);
  const pinnedTargets = pin.filter((one) => typeof one === 'string');
  const both = pinnedTargets.find((name) => forbid.includes(name));
  if (both !== undefined) {
    throw new UsageError(
      `policy: ${both} is pinned and forbidden. Take it out of one of the lists.`,
    );
  }
  return {
    pin: pin.filter((one) => typeof one !== 'string'),
    pinnedTargets,
    forbid: forbid.filter((one) => typeof one !== 'string'),
    targets: toRecord([...Object.entries(facts), ...forbidden]),
  };
}

/** What is pinned and forbidden, as it is said beside floors and SLOs. */
export function listFixed(
  { pin = [], forbid = [] }: Pick<Config['policy'], 'pin' | 'forbid'>,
  from: SettingSource,
): Setting[] {
  return [
    ...pin.map((one): Setting => ({ name: 'pinned', value: describe(one), from })),
    ...forbid.map((one): Setting => ({ name: 'forbidden', value: describe(one), from })),
  ];
}

function describe(one: string | FixedRoute): string {
  if (typeof one === 'string') return one;
  const when = Object.entries(one.when).map(([key, values]) => `${key} ${values.join(' or ')}`);
  return `${when.join(', ')} to ${one.use}`;
}

function nameTarget(one: string | FixedRoute): string {
  return typeof one === 'string' ? one : one.use;
}
