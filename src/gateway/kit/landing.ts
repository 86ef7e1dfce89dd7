import { UsageError } from '../../errors.ts';
import type { Carried } from '../carrier/carry.ts';
import type { Deployed, GatewayAnswer, Landing, Outgoing } from './gateway.ts';

/** The request of a gateway whose callers ask for arb's model name and send the carrier's headers. */
export function sendHeaders({ entry }: Deployed, { headers }: Carried, body: object): Outgoing {
  return { headers, body: { ...body, model: entry } };
}

/** Of a gateway that names the model that answered and nothing else: enough where one target has it. */
export function landByModel({ policy }: Deployed, { body }: GatewayAnswer): Landing {
  const served = (body as { model?: unknown } | null | undefined)?.model;
  const found = Object.entries(policy.targets).filter(([, one]) => one.model === served);
  const [only] = found;
  return found.length === 1 && only ? { target: only[0] } : {};
}

/** A landing from the names that a gateway says; a target that the policy does not have is none. */
export function toLanding(
  { policy }: Deployed,
  said: { readonly rule: string | undefined; readonly target: string | undefined },
): Landing {
  const { rule, target } = said;
  const known = target !== undefined && Object.hasOwn(policy.targets, target);
  return { ...(rule !== undefined && { rule }), ...(known && { target }) };
}

/** The text of an exported file. @throws UsageError where the export has none of this name. */
export function readExported({ files, gateway }: Deployed, path: string): string {
  const file = files.find((one) => one.path === path);
  if (!file) throw new UsageError(`the export to ${gateway.name} has no ${path}. Export it again.`);
  return file.text;
}
