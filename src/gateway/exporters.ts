import { bifrost } from './bifrost/bifrost.ts';
import { envoyAiGateway } from './envoy-ai-gateway/envoy-ai-gateway.ts';
import type { Exporter } from './export/exporter.ts';
import { litellm } from './litellm/litellm.ts';
import { litellmPlain } from './litellm-plain/litellm-plain.ts';
import { openrouter } from './openrouter/openrouter.ts';
import { portkey } from './portkey/portkey.ts';
import { tensorzero } from './tensorzero/tensorzero.ts';
import { vllmSemanticRouter } from './vllm-semantic-router/vllm-semantic-router.ts';

/** Every gateway a policy can be written for, by the name that `--to` takes. */
export const exporters = {
  litellm,
  'litellm-plain': litellmPlain,
  portkey,
  openrouter,
  bifrost,
  'envoy-ai-gateway': envoyAiGateway,
  'vllm-semantic-router': vllmSemanticRouter,
  tensorzero,
} as const satisfies Record<string, Exporter>;

export type GatewayName = keyof typeof exporters;
