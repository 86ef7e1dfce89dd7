import { defineGateway } from '../kit/define-gateway.ts';
import { sendHeaders, toLanding } from '../kit/landing.ts';
import { importLitellm } from './import-litellm.ts';
import { buildLitellm } from './litellm.ts';
import { mergeLitellm } from './merge-litellm.ts';
import { litellmProviders } from './provider-names.ts';

export const litellm = defineGateway({
  name: 'litellm',
  build: buildLitellm,
  import: importLitellm,
  merge: mergeLitellm,
  // The hook computes all by itself, so no carrier is written.
  carrier: { mirror: 'none', draws: 'session' },
  providerNames: litellmProviders,
  counter: { lacks: 'the hook counts as the policy does' },
  outgoing: sendHeaders,
  landing(deployed, { headers }) {
    const rule = headers['x-arb-tier'];
    return toLanding(deployed, {
      rule: rule === undefined ? undefined : decodeURIComponent(rule),
      target: headers['x-litellm-model-group']?.replace(`${deployed.entry}/`, ''),
    });
  },
});
