import { defineGateway } from '../kit/define-gateway.ts';
import { sendHeaders, toLanding } from '../kit/landing.ts';
import { mergeLitellm } from '../litellm/merge-litellm.ts';
import { litellmProviders } from '../litellm/provider-names.ts';
import { litellmCounter } from './litellm-count.ts';
import { buildLitellmPlain } from './litellm-plain.ts';

export const litellmPlain = defineGateway({
  name: 'litellm-plain',
  build: buildLitellmPlain,
  import: { lacks: 'it is the same file as that of litellm; import it as litellm' },
  merge: mergeLitellm,
  carrier: { mirror: 'x-litellm-tags', draws: 'session' },
  providerNames: litellmProviders,
  counter: litellmCounter,
  outgoing: sendHeaders,
  landing(deployed, { headers }) {
    const [, rule, , target] = headers['x-litellm-model-id']?.split(' > ') ?? [];
    return toLanding(deployed, { rule, target });
  },
});
