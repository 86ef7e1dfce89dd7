import type { CarrierOptions } from '../../src/gateway/carrier/carrier.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { carrierFor } from './carrier.ts';
import { type Family, type GatewayCase, generateCase, generatePolicy } from './cases.ts';
import { compare, type GatewayResponse, pooled, print, type Sent } from './compare.ts';
import { random } from './random.ts';
import { startUpstream } from './upstream.ts';

/** A real gateway, and what of the policy language its exporter can express. */
export interface GatewayTest {
  readonly title: string;
  readonly family: Family;
  readonly carrier: CarrierOptions;
  readonly policies: number;
  readonly requestsPerPolicy: number;
  readonly start: (policies: readonly Policy[]) => Promise<StartedGateway>;
  /** What the exporter says that the gateway follows and sees, where it is not the policy itself. */
  readonly as?: (sent: Sent) => Sent;
  /** One more check over all that was sent; true where it holds. */
  readonly also?: (sent: readonly Sent[]) => boolean;
}

export interface StartedGateway {
  readonly send: (request: GatewayCall) => Promise<GatewayResponse>;
  readonly stop: () => Promise<void>;
}

export interface GatewayCall {
  /** Which of the started policies it is for. */
  readonly index: number;
  readonly one: GatewayCase;
  readonly body: object;
  /** What the carrier adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Work {
  readonly index: number;
  readonly policy: Policy;
  readonly one: GatewayCase;
}

/** Generates policies and requests, sends them, compares; false where anything differs. */
export async function runGateway(test: GatewayTest): Promise<boolean> {
  const seed = Number(process.argv[2] ?? 4);
  const r = random(seed);
  const upstream = await startUpstream();
  const policies = Array.from({ length: test.policies }, () =>
    generatePolicy(r, upstream.url, test.family),
  );
  const carriers = await Promise.all(policies.map((policy) => carrierFor(policy, test.carrier)));
  const work = policies.flatMap((policy, index) =>
    Array.from({ length: test.requestsPerPolicy }, (_, i): Work => {
      return { index, policy, one: generateCase(r, `p${index}-r${i}`, policy) };
    }),
  );
  const gateway = await test.start(policies);
  try {
    const started = performance.now();
    const sent = await pooled(work, 12, async ({ index, policy, one }): Promise<Sent> => {
      const carried = carriers[index]?.(one.body, one) ?? { headers: {}, metadata: {} };
      const request = { index, one, body: bodyOf(one), ...carried };
      return { policy, one, answer: await gateway.send(request) };
    });
    const seconds = Math.round((performance.now() - started) / 1_000);
    const followed = test.as ? sent.map(test.as) : sent;
    const good = print(`${test.title}, seed ${seed}, ${seconds} s`, compare(followed, upstream));
    const alsoGood = test.also?.(sent) ?? true;
    // The comparison itself is doubted: it must notice when the policy is not the one exported.
    const wrong = sent.map((one) => ({ ...one, policy: reversed(one.policy) }));
    const noticed = compare(wrong, upstream).faults.length;
    console.log(`control: ${noticed} differences to the same rules in reverse`);
    return good && alsoGood && noticed > 0;
  } finally {
    await gateway.stop();
    upstream.close();
  }
}

function bodyOf(one: GatewayCase): object {
  const orders = JSON.stringify({ id: one.id, faults: one.faults });
  return { ...one.body, model: 'arb', stream: one.stream, user: orders, arb_orders: orders };
}

function reversed(policy: Policy): Policy {
  const { rules } = policy;
  return { ...policy, rules: [...rules.slice(0, -1).toReversed(), ...rules.slice(-1)] };
}

const DEADLINE_MS = 60_000;

/** Posts a chat body and reads the answer to its end. */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: object,
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
