import { bifrost } from './bifrost/index.ts';
import { envoyAiGateway } from './envoy-ai-gateway/index.ts';
import type { Gateway } from './kit/gateway.ts';
import { litellm } from './litellm/index.ts';
import { litellmPlain } from './litellm-plain/index.ts';
import { openrouter } from './openrouter/index.ts';
import { portkey } from './portkey/index.ts';
import { tensorzero } from './tensorzero/index.ts';
import { vllmSemanticRouter } from './vllm-semantic-router/index.ts';

/** Every gateway a policy can be written for, by the name that `--to` takes. The only list. */
export const gateways = {
  litellm,
  'litellm-plain': litellmPlain,
  portkey,
  openrouter,
  bifrost,
  'envoy-ai-gateway': envoyAiGateway,
  'vllm-semantic-router': vllmSemanticRouter,
  tensorzero,
} as const satisfies Record<string, Gateway>;

export type GatewayName = keyof typeof gateways;
