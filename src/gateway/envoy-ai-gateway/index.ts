import { defineGateway } from '../kit/define-gateway.ts';
import { landByModel, sendHeaders } from '../kit/landing.ts';
import { buildEnvoyAiGateway } from './envoy-ai-gateway.ts';

export const envoyAiGateway = defineGateway({
  name: 'envoy-ai-gateway',
  build: buildEnvoyAiGateway,
  import: { lacks: 'its routes match on any header, which a policy cannot say' },
  merge: { lacks: 'its resources are objects of their own; apply them beside yours' },
  carrier: { mirror: 'none', draws: 'session' },
  // Its backends have an address and a protocol each, no names.
  providerNames: new Map(),
  counter: { lacks: 'the carrier counts' },
  outgoing: sendHeaders,
  landing: landByModel,
});
