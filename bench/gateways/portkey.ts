import { gateways } from '../../src/gateway/gateways.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { freePort, launch } from './process.ts';
import { type GatewayCall, post, runGateway, type StartedGateway } from './run.ts';

/** The real Portkey gateway routes as `decide` says: `node bench/gateways/portkey.ts [SEED]`. */
async function start(policies: readonly Policy[]): Promise<StartedGateway> {
  const port = await freePort();
  const script = 'node_modules/@portkey-ai/gateway/build/start-server.js';
  const gateway = await launch({
    command: process.execPath,
    args: [script, `--port=${port}`, '--headless'],
    env: { NODE_OPTIONS: '--max-http-header-size=262144' },
    port,
    ready: '/',
  });
  const configs = policies.map(configOf);
  const send = async ({ index, body, headers }: GatewayCall) => {
    const config = configs[index] ?? {};
    const sent = { ...headers, 'x-portkey-config': JSON.stringify(config) };
    const answer = await post(gateway.url, sent, body);
    const path = answer.headers.get('x-portkey-last-used-option-index') ?? '';
    const names = namesTo(config, path);
    const [rule, says] = [names[0], names.at(-1)];
    return { status: answer.status, ...(rule && says && { rule, says }) };
  };
  return { send, stop: gateway.stop };
}

interface Node {
  readonly name?: string;
  readonly targets?: readonly Node[];
}

function configOf(policy: Policy): Node {
  const { files } = gateways.portkey.export(policy);
  const text = files.find((file) => file.path === 'portkey.json')?.text ?? '';
  return JSON.parse(text.replaceAll('$MOCK_API_KEY', 'test'));
}

/** The names on the way that `config.targets[1].targets[0]` describes: the rule first. */
function namesTo(config: Node, path: string): string[] {
  const steps = [...path.matchAll(/targets\[(\d+)\]/g)].map((match) => Number(match[1]));
  let node: Node | undefined = config;
  return steps.flatMap((step) => {
    node = node?.targets?.[step];
    return node?.name ?? [];
  });
}

const good = await runGateway({
  title: 'Portkey 1.15.2',
  family: {
    conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
    splits: ['request', 'session'],
    timeouts: true,
    retries: true,
    anyFailure: false,
  },
  carrier: { mirror: 'x-portkey-metadata', draws: 'session' },
  policies: 24,
  requestsPerPolicy: 60,
  start,
});
process.exitCode = good ? 0 : 1;
