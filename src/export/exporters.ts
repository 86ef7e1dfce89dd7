import { bifrost } from './bifrost.ts';
import { envoyAiGateway } from './envoy-ai-gateway.ts';
import type { Exporter } from './exporter.ts';
import { litellm } from './litellm.ts';
import { litellmPlain } from './litellm-plain.ts';
import { openrouter } from './openrouter.ts';
import { portkey } from './portkey.ts';
import { tensorzero } from './tensorzero.ts';
import { vllmSemanticRouter } from './vllm-semantic-router.ts';

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
