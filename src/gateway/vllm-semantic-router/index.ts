import { slugs } from '../export/slug.ts';
import { defineGateway } from '../kit/define-gateway.ts';
import { toLanding } from '../kit/landing.ts';
import { buildVllmSemanticRouter } from './vllm-semantic-router.ts';

export const vllmSemanticRouter = defineGateway({
  name: 'vllm-semantic-router',
  build: buildVllmSemanticRouter,
  import: { lacks: 'its signals read the text of a request, which a policy cannot say' },
  merge: { lacks: 'decisions share one order of priority; put its file beside yours' },
  carrier: { mirror: 'none', draws: 'all' },
  // Its models have an address and a protocol each, no names.
  providerNames: new Map(),
  counter: { name: 'vllm-semantic-router' },
  // MoM is the model name that its callers ask for: mixture of models.
  outgoing: (_, { headers, metadata }, body) => ({
    headers,
    body: { ...body, model: 'MoM', metadata },
  }),
  landing(deployed, { headers }) {
    const { rules } = deployed.policy;
    const decision = headers['x-vsr-selected-decision']?.replace(/-carried$|-arm-\d+$/, '');
    const names = slugs(rules.map((rule) => rule.name));
    return toLanding(deployed, {
      rule: rules.find((one) => names.of(one.name) === decision)?.name,
      target: headers['x-vsr-selected-model'],
    });
  },
});
