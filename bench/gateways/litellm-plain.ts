import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { parse } from 'yaml';
import { gateways } from '../../src/gateway/gateways.ts';
import { litellmTokens } from '../../src/gateway/litellm-plain/litellm-count.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { findDivergences } from '../../src/verify/divergence.ts';
import type { GatewayCase } from './cases.ts';
import type { Sent } from './compare.ts';
import { exportedAs, type ProxyConfig, startProxy } from './litellm-proxy.ts';
import { type GatewayCall, post, runGateway, type StartedGateway } from './run.ts';

/**
 * The real LiteLLM proxy without code: `node bench/gateways/litellm-plain.ts [SEED]`. Requests go
 * where the loss report says, and it names exactly those that the policy would send elsewhere.
 */
async function start(policies: readonly Policy[]): Promise<StartedGateway> {
  const configs = policies.map(
    (policy, index): ProxyConfig =>
      parse(exportedAs(gateways['litellm-plain'], policy, `arb-${index}`)('litellm.yaml')),
  );
  const settings = (key: string) => configs.map((config) => config.router_settings?.[key]);
  const proxy = await startProxy(
    {
      model_list: configs.flatMap((config) => config.model_list),
      router_settings: {
        ...configs[0]?.router_settings,
        enable_pre_call_checks: true,
        max_fallbacks: Math.max(...settings('max_fallbacks').map(Number)),
        context_window_fallbacks: settings('context_window_fallbacks').flatMap(
          (list) => list ?? [],
        ),
        model_group_retry_policy: Object.assign({}, ...settings('model_group_retry_policy')),
      },
    },
    {},
  );
  const send = async ({ index, body, headers }: GatewayCall) => {
    const sent = { 'x-litellm-tags': headers['x-litellm-tags'] ?? '' };
    const answer = await post(proxy.url, sent, { ...body, model: `arb-${index}` });
    const [, rule, , says] = answer.headers.get('x-litellm-model-id')?.split(' > ') ?? [];
    return { status: answer.status, ...(says && rule && { says, rule }) };
  };
  return { send, stop: proxy.stop };
}

const encode = (text: string) => countTokens(text, { disallowedSpecial: new Set() });
/** A request that it cannot count is never too long for a band. */
const countedBy = ({ body }: GatewayCase) => litellmTokens(body, encode) ?? 0;

const effectiveOf = (policy: Policy) =>
  gateways['litellm-plain'].export(policy, { allowLoss: true }).effective;

/** The requests that the report names, against those that the proxy's own headers show. */
function namesAll(sent: readonly Sent[]): boolean {
  const named = sent.flatMap(({ policy, one }) =>
    findDivergences(policy, { effective: effectiveOf(policy) }, [
      { ...one, counted: countedBy(one) },
    ]),
  );
  const answered = sent.filter(({ answer }) => answer.rule !== undefined);
  const seen = answered.filter(
    ({ policy, one, answer }) => decide(policy, one.features).rule !== answer.rule,
  );
  const ids = new Set(answered.map(({ one }) => one.id));
  const expected = named.filter(({ id }) => ids.has(id)).map(({ id }) => id);
  const found = seen.map(({ one }) => one.id);
  console.log(
    `elsewhere: ${expected.length} requests named of ${answered.length} answered, ${found.length} seen`,
  );
  return expected.join() === found.join() && found.length > 0;
}

const good = await runGateway({
  title: 'LiteLLM 1.102.4 without code',
  family: {
    conditions: ['range', 'range', 'task', 'flags'],
    splits: ['request'],
    timeouts: true,
    retries: false,
    anyFailure: true,
  },
  carrier: { mirror: 'x-litellm-tags', draws: 'session' },
  policies: 24,
  requestsPerPolicy: 45,
  start,
  as: ({ policy, one, answer }) => ({
    policy: effectiveOf(policy),
    one: { ...one, features: { ...one.features, input_tokens: countedBy(one) } },
    answer,
  }),
  also: namesAll,
});
process.exitCode = good ? 0 : 1;
