import { defineGateway } from '../kit/define-gateway.ts';
import { landByModel } from '../kit/landing.ts';
import { tensorzeroProviders } from './provider-names.ts';
import { buildTensorzero } from './tensorzero.ts';
import { sendToTensorzero } from './tensorzero-landing.ts';

export const tensorzero = defineGateway({
  name: 'tensorzero',
  build: buildTensorzero,
  import: { lacks: 'it has no conditions: which function is called is in its callers' },
  merge: { lacks: 'it reads several files; put tensorzero.toml beside yours' },
  carrier: { mirror: 'none', draws: 'all' },
  providerNames: tensorzeroProviders,
  counter: { lacks: 'the carrier counts' },
  outgoing: sendToTensorzero,
  landing: landByModel,
});
