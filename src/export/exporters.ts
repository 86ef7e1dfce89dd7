import type { Exporter } from './exporter.ts';
import { litellm } from './litellm.ts';
import { litellmPlain } from './litellm-plain.ts';
import { portkey } from './portkey.ts';

/** Every gateway a policy can be written for, by the name that `--to` takes. */
export const exporters = {
  litellm,
  'litellm-plain': litellmPlain,
  portkey,
} as const satisfies Record<string, Exporter>;

export type GatewayName = keyof typeof exporters;
