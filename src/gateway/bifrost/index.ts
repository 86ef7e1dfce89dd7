import { defineGateway } from '../kit/define-gateway.ts';
import { landByModel, sendHeaders } from '../kit/landing.ts';
import { buildBifrost } from './bifrost.ts';
import { mergeBifrost } from './merge-bifrost.ts';
import { bifrostProviders } from './provider-names.ts';

export const bifrost = defineGateway({
  name: 'bifrost',
  build: buildBifrost,
  import: { lacks: 'its rules are CEL expressions, which arb does not read' },
  merge: mergeBifrost,
  carrier: { mirror: 'none', draws: 'session' },
  providerNames: bifrostProviders,
  counter: { lacks: 'the carrier counts' },
  outgoing: sendHeaders,
  landing: landByModel,
});
