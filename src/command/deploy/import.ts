import { type GatewayName, gateways } from '../../gateway/gateways.ts';
import { importRouting } from '../../gateway/kit/import-routing.ts';
import type { Policy } from '../../policy/policy.ts';
import { formatPolicy } from '../../policy/write.ts';
import { readInput } from '../config/input.ts';

/** What `importPolicy` is asked. */
export interface ImportRequest {
  readonly from: GatewayName;
  /** The gateway's own config, a file. */
  readonly file: string;
  /** The model name that callers ask for. @default the only one, or the first */
  readonly entry?: string;
}

/** A gateway's present routing, and in sentences what of it a policy cannot say. */
export interface ImportedPolicy {
  readonly policy: Policy;
  /** The policy as a file. */
  readonly text: string;
  readonly unread: readonly string[];
}

/** Reads a gateway's config back as a policy. @throws UsageError */
export function importPolicy({ from, file, entry }: ImportRequest): ImportedPolicy {
  const read = importRouting(gateways[from], readInput(file), {
    file,
    ...(entry !== undefined && { entry }),
  });
  return { ...read, text: formatPolicy(read.policy) };
}
