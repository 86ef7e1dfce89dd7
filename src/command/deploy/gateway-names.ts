import { type GatewayName, gateways } from '../../gateway/gateways.ts';
import { isLack } from '../../gateway/kit/gateway.ts';

/** What `--to` and `--kind` take. */
export const gatewayNames = Object.keys(gateways) as readonly GatewayName[];

/** The gateways whose own config can be read back. */
export const importableNames: readonly GatewayName[] = gatewayNames.filter(
  (name) => !isLack(gateways[name].import),
);
