import { parse } from 'yaml';
import { gateways } from '../../src/gateway/gateways.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { exportedAs, type ProxyConfig, startProxy } from './litellm-proxy.ts';
import { type GatewayCall, post, runGateway, type StartedGateway } from './run.ts';

/** The real LiteLLM proxy with the generated hook: `node bench/gateways/litellm.ts [SEED]`. */
async function start(policies: readonly Policy[]): Promise<StartedGateway> {
  const modules: Record<string, string> = {};
  const configs = policies.map((policy, index): ProxyConfig => {
    const text = exportedAs(gateways.litellm, policy, `arb-${index}`);
    modules[`arb_hook_${index}.py`] = text('arb_hook.py');
    return parse(text('litellm.yaml'));
  });
  const proxy = await startProxy(
    {
      model_list: configs.flatMap((config) => config.model_list),
      litellm_settings: { callbacks: policies.map((_, index) => `arb_hook_${index}.arb_hook`) },
    },
    modules,
  );
  const send = async ({ index, one, body }: GatewayCall) => {
    const metadata = { ...one.metadata, session: one.session, task: one.task };
    const answer = await post(proxy.url, {}, { ...body, model: `arb-${index}`, metadata });
    const says = answer.headers.get('x-litellm-model-group')?.split('/').at(-1);
    const rule = answer.headers.get('x-arb-tier');
    return { status: answer.status, ...(says && { says }), ...(rule && { rule }) };
  };
  return { send, stop: proxy.stop };
}

const good = await runGateway({
  title: 'LiteLLM 1.102.4 with the hook',
  family: {
    conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
    splits: ['request', 'session'],
    timeouts: true,
    retries: true,
    anyFailure: true,
  },
  carrier: { mirror: 'none', draws: 'session' },
  policies: 24,
  requestsPerPolicy: 45,
  start,
});
process.exitCode = good ? 0 : 1;
