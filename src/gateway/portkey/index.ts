import { defineGateway } from '../kit/define-gateway.ts';
import { importPortkey } from './import-portkey.ts';
import { buildPortkey } from './portkey.ts';
import { landAtPortkey, sendToPortkey } from './portkey-landing.ts';
import { portkeyProviders } from './provider-names.ts';

export const portkey = defineGateway({
  name: 'portkey',
  build: buildPortkey,
  import: importPortkey,
  merge: { lacks: 'its config comes in a header, not in a file' },
  carrier: { mirror: 'x-portkey-metadata', draws: 'session' },
  providerNames: portkeyProviders,
  counter: { lacks: 'the carrier counts' },
  outgoing: sendToPortkey,
  landing: landAtPortkey,
});
