import type { CarriedRequest } from '../gateway/carrier/carry.ts';
import type { Deployed, GatewayAnswer, Landing, Outgoing } from '../gateway/kit/gateway.ts';
import { type Decision, decide, pickArm } from '../policy/decide.ts';
import { outgoing } from './gateway-response.ts';

/** Sends one request to the live gateway; the time is measured by whoever sends. */
export type Send = (request: Outgoing, id: string) => Promise<SentAnswer>;

export interface SentAnswer extends GatewayAnswer {
  /** 0 = no answer came in time. */
  readonly status: number;
  readonly latency_ms: number;
  /**
   * The target that answered, as the provider itself says; several where it stands for all of
   * them. Absent where no provider is asked; else it goes before the gateway's own words.
   */
  readonly served?: readonly string[];
}

/** One request of a workload, replayed through a live gateway. */
export interface ReplayedRequest extends CarriedRequest {
  readonly body: object;
}

/** Where one request should have landed and where it did. */
export type CheckRow = {
  readonly id: string;
  readonly decided: { readonly rule: string; readonly targets: readonly string[] };
  readonly landed: Landing;
  readonly latency_ms: number;
} & (
  | { readonly state: 'as-decided' }
  /** It went elsewhere, or moved on although nothing was made to fail. */
  | { readonly state: 'elsewhere' }
  /** The gateway does not say where. */
  | { readonly state: 'unknown' }
  | {
      readonly state: 'failed';
      readonly status: number;
      /** The gateway's own message, where it gave one. */
      readonly said?: string;
    }
);

/** Replays requests through the gateway and compares each landing with `decide`. */
export async function* verify(
  deployed: Deployed,
  checks: Iterable<ReplayedRequest>,
  send: Send,
): AsyncGenerator<CheckRow> {
  for (const check of checks) {
    const decision = decide(deployed.policy, check.features);
    const targets = firstTargets(deployed, decision, check);
    const answer = await send(outgoing(deployed, check, check.body), check.id);
    const landed = landedAt(deployed, answer);
    const row = {
      id: check.id,
      decided: { rule: decision.rule, targets },
      landed,
      latency_ms: answer.latency_ms,
    };
    if (isFailed(answer)) {
      const said = readMessage(answer.body);
      yield {
        ...row,
        state: 'failed',
        status: answer.status,
        ...(said !== undefined && { said }),
      };
    } else if (landed.target === undefined) yield { ...row, state: 'unknown' };
    else {
      const right =
        targets.includes(landed.target) && (landed.rule ?? decision.rule) === decision.rule;
      yield { ...row, state: right ? 'as-decided' : 'elsewhere' };
    }
  }
}

/** So much of a message is enough to know it by. */
const MESSAGE_CHARACTERS = 200;

/** What an error answer says, in the forms that gateways use: `error.message`, `message`, `detail`. */
function readMessage(body: unknown): string | undefined {
  if (typeof body === 'string') return body.trim().slice(0, MESSAGE_CHARACTERS) || undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  const { error, message, detail } = body as Readonly<Record<string, unknown>>;
  return readMessage(message) ?? readMessage(detail) ?? readMessage(error);
}

export const isFailed = ({ status }: SentAnswer) => status === 0 || status >= 400;

/** Where an answer came from: as its provider says, else as the gateway says. */
export function landedAt(deployed: Deployed, answer: SentAnswer): Landing {
  const said = deployed.gateway.landing(deployed, answer);
  const [first, ...others] = answer.served ?? [];
  if (first === undefined || said.target === first) return said;
  return said.target !== undefined && others.includes(said.target)
    ? said
    : { ...said, target: first };
}

/** One target, or the arms of a split that the gateway draws. */
export function firstTargets(
  { policy }: Deployed,
  decision: Decision,
  { id, session }: CarriedRequest,
): string[] {
  const arms = decision.primaries.map((arm) => arm.target);
  if (arms.length === 1) return arms;
  const bySession = policy.rules[decision.index]?.split?.by === 'session';
  return bySession ? [pickArm(decision, policy.id, session ?? id)] : arms;
}
