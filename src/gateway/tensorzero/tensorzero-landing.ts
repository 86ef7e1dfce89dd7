import type { Carried } from '../carrier/carry.ts';
import type { Deployed, Outgoing } from '../kit/gateway.ts';
import { functionNames } from './tensorzero.ts';

/** The function of the rule is named, and the carrier's metadata goes along as tags. */
export function sendToTensorzero(deployed: Deployed, carried: Carried, body: object): Outgoing {
  const { headers, metadata } = carried;
  const model = `tensorzero::function_name::${functionFor(deployed, metadata)}`;
  return { headers, body: { ...body, model, 'tensorzero::tags': metadata } };
}

/** The function of the rule, and of the arm where one was drawn; the first arm where none was. */
function functionFor(
  { policy, entry }: Deployed,
  metadata: Readonly<Record<string, string>>,
): string {
  const keys = policy.rules.flatMap(({ name, split }) =>
    split ? split.to.map(({ target }) => `${entry} ${name} ${target}`) : [`${entry} ${name}`],
  );
  const rule = policy.rules.find(({ name }) => name === metadata.arb_tier);
  const arm = metadata.arb_arm ?? rule?.split?.to[0]?.target;
  return functionNames(keys).of(
    rule?.split ? `${entry} ${rule.name} ${arm}` : `${entry} ${rule?.name}`,
  );
}
