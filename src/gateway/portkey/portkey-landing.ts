import { jsonText } from '../../encode.ts';
import type { Carried } from '../carrier/carry.ts';
import type { Deployed, GatewayAnswer, Landing, Outgoing } from '../kit/gateway.ts';
import { readExported, sendHeaders, toLanding } from '../kit/landing.ts';

/** The config goes along with each request, the values of the keys in it. */
export function sendToPortkey(deployed: Deployed, carried: Carried, body: object): Outgoing {
  const config = JSON.parse(readExported(deployed, 'portkey.json'), (field, value: unknown) => {
    // Nothing but a key's own field is expanded.
    if (field !== 'api_key' || typeof value !== 'string' || !value.startsWith('$')) return value;
    return deployed.readKey(value.slice(1)) ?? value;
  });
  const sent = sendHeaders(deployed, carried, body);
  return { ...sent, headers: { ...sent.headers, 'x-portkey-config': jsonText(config) } };
}

/** A header says the path through the config: `config.targets[1].targets[0]`. */
export function landAtPortkey(deployed: Deployed, { headers }: GatewayAnswer): Landing {
  const config = JSON.parse(readExported(deployed, 'portkey.json')) as Node;
  const names = namesTo(config, headers['x-portkey-last-used-option-index'] ?? '');
  return toLanding(deployed, { rule: names[0], target: names.at(-1) });
}

interface Node {
  readonly name?: string;
  readonly targets?: readonly Node[];
}

/** The names on the way that a path describes, the rule first. */
function namesTo(config: Node, path: string): string[] {
  const steps = [...path.matchAll(/targets\[(\d+)\]/g)].map((match) => Number(match[1]));
  let node: Node | undefined = config;
  return steps.flatMap((step) => {
    node = node?.targets?.[step];
    return node?.name ?? [];
  });
}
