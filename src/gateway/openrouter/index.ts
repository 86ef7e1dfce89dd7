import { defineGateway } from '../kit/define-gateway.ts';
import { landByModel } from '../kit/landing.ts';
import { buildOpenrouter } from './openrouter.ts';
import { sendToOpenrouter } from './openrouter-landing.ts';

export const openrouter = defineGateway({
  name: 'openrouter',
  build: buildOpenrouter,
  import: { lacks: 'it has no conditions: which preset is named is in its callers' },
  merge: { lacks: 'its presets are made by its API, not in a file' },
  carrier: { mirror: 'none', draws: 'all' },
  // It reaches all providers by its own model slugs.
  providerNames: new Map(),
  counter: { lacks: 'the carrier counts' },
  outgoing: sendToOpenrouter,
  landing: landByModel,
});
