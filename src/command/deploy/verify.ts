import type { Readable } from 'node:stream';
import { UsageError } from '../../errors.ts';
import { type GatewayName, gateways } from '../../gateway/gateways.ts';
import type { Deployed } from '../../gateway/kit/gateway.ts';
import { parsePolicy, policyNotices } from '../../policy/write.ts';
import type { SwitchedFailure } from '../../sim/server/switch.ts';
import { verify } from '../../verify/verify.ts';
import { readInput } from '../config/input.ts';
import { createKeyReader } from '../config/keys.ts';
import type { Env } from '../context.ts';
import { readChecks } from './checks.ts';
import { landAndDrill } from './drill.ts';
import { createSender } from './gateway-sender.ts';
import type { VerifyResult } from './verify-result.ts';

/** What `verifyPolicy` is asked. */
export interface VerifyRequest {
  /** The policy that was exported to the gateway, a file. */
  readonly routes: string;
  /** The gateway's OpenAI-compatible base URL. */
  readonly gateway: string;
  readonly kind: GatewayName;
  /** The requests to send, as `bench` takes them. They cost what they cost at the gateway. */
  readonly workload: string;
  /** Leave bad lines of it out. @default false: they are refused */
  readonly skipInvalid?: boolean;
  /** Read where the workload is `-`. */
  readonly stdin?: Readable;
  /** The first so many. @default 100 */
  readonly requests?: number;
  /** Variable with the gateway's own key. */
  readonly keyEnv?: string;
  /**
   * `NAME=HOST`: a key of a provider may be sent to this host besides those of its provider, as where a
   * gateway beyond this machine wants it with each request. @default []
   */
  readonly allowKey?: readonly string[];
  /** The model name that callers ask for. @default 'arb' */
  readonly entry?: string;
  /** Addresses of the simulated providers behind it, whose targets are made to fail. */
  readonly drill?: readonly string[];
  /** How they fail. @default the first that the policy moves on at */
  readonly failure?: SwitchedFailure;
  /** The longest that a request of the drill may take, in milliseconds. */
  readonly sloMs?: number;
  /** Variables of the exported config, and the gateway's key. @default {} */
  readonly env?: Env;
  /** Gives up what is under way; the simulators are left answering. */
  readonly signal?: AbortSignal;
}

/**
 * Replays requests through a live gateway and compares each landing with the policy, and drills its
 * fallbacks where that is asked for.
 *
 * @throws UsageError where nobody answers at the address, or there is nothing to drill.
 */
export async function verifyPolicy(request: VerifyRequest): Promise<VerifyResult> {
  const { kind, entry = 'arb', drill, failure, sloMs, env = {} } = request;
  if (drill === undefined && (failure !== undefined || sloMs !== undefined)) {
    throw new UsageError('verify: --failure and --slo-ms belong to --drill. Give --drill URL too.');
  }
  const policy = parsePolicy(readInput(request.routes), request.routes);
  const gateway = gateways[kind];
  const { files } = gateway.export(policy, { entry, allowLoss: true });
  const { gateway: url, allowKey: allowed = [] } = request;
  const readKey = createKeyReader({ url, policy, allowed }, env);
  const deployed: Deployed = { gateway, policy, files, entry, readKey };
  const send = createSender(
    {
      url: request.gateway,
      stopped: request.signal ?? new AbortController().signal,
      ...(request.keyEnv !== undefined && { keyEnv: request.keyEnv }),
    },
    env,
  );
  const { workload, skipInvalid = false, stdin } = request;
  const source = { workload, skipInvalid, stdin };
  const checks = await readChecks(source, request.requests ?? 100, policy);
  if (drill === undefined) {
    const landing = await Array.fromAsync(verify(deployed, checks.landing, send));
    const passed = landing.every(({ state }) => state === 'as-decided');
    return { landing, passed, notices: policyNotices(policy) };
  }
  return landAndDrill(
    { deployed, checks, send },
    {
      simulators: drill,
      ...(failure !== undefined && { failure }),
      ...(sloMs !== undefined && { sloMs }),
    },
  );
}
