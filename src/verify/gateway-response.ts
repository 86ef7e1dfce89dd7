import { type CarriedRequest, carry } from '../gateway/carrier/carry.ts';
import type { Deployed, Outgoing } from '../gateway/kit/gateway.ts';

/** What is sent so that the gateway routes one request: the carrier's words, and its own. */
export function outgoing(deployed: Deployed, asked: CarriedRequest, body: object): Outgoing {
  const { gateway, policy } = deployed;
  return gateway.outgoing(deployed, carry(policy, asked, gateway.carrier), body);
}
