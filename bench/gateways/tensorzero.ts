import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { gateways } from '../../src/gateway/gateways.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { outgoing } from '../../src/verify/gateway-response.ts';
import type { GatewayResponse } from './compare.ts';
import { type GatewayCall, runGateway, type StartedGateway } from './run.ts';
import { virtualEnvironment } from './venv.ts';

/**
 * The real TensorZero gateway, from its PyPI wheel, embedded in a Python process:
 * `node bench/gateways/tensorzero.ts [SEED]`.
 */
async function start(policies: readonly Policy[]): Promise<StartedGateway> {
  const bin = virtualEnvironment('tensorzero', 'requirements-tensorzero.txt');
  const deployed = policies.map((policy, index) => {
    const entry = `arb-${index}`;
    const { files } = gateways.tensorzero.export(policy, { entry });
    return {
      gateway: gateways.tensorzero,
      policy,
      files,
      entry,
      readKey: () => undefined,
    };
  });
  const folder = mkdtempSync(join(tmpdir(), 'arb-tensorzero-'));
  const config = join(folder, 'tensorzero.toml');
  const texts = deployed.map(({ files }) => files[0]?.text ?? '');
  writeFileSync(config, ['[gateway]\nobservability.enabled = false\n', ...texts].join('\n'));
  const driver = join(import.meta.dirname, 'tensorzero_driver.py');
  const child = spawn(join(bin, 'python'), [driver, config], {
    env: {
      ...process.env,
      MOCK_API_KEY: 'test',
      TENSORZERO_DISABLE_PSEUDONYMOUS_USAGE_ANALYTICS: '1',
    },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors = (errors + chunk).slice(-3_000);
  });
  const waiting = new Map<string, (answer: GatewayResponse) => void>();
  const lines = createInterface({ input: child.stdio[3] as Readable });
  const ready = new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`the driver ended:\n${errors}`)));
    lines.on('line', (line) => {
      if (line === 'ready') return resolve();
      const { id, status } = JSON.parse(line) as { id: string; status: number };
      waiting.get(id)?.({ status });
    });
  });
  await ready;
  const send = ({ index, one }: GatewayCall) => {
    const { body } = outgoing(deployed[index] as (typeof deployed)[number], one, {});
    const request = {
      id: one.id,
      function: String(body.model).split('::').at(-1),
      stream: one.stream,
      orders: JSON.stringify({ id: one.id, faults: one.faults }),
      tags: body['tensorzero::tags'],
    };
    return new Promise<GatewayResponse>((resolve) => {
      waiting.set(one.id, resolve);
      child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  };
  const stop = async () => {
    child.stdin?.end();
    await once(child, 'close');
    rmSync(folder, { recursive: true });
  };
  return { send, stop };
}

const good = await runGateway({
  title: 'TensorZero 2026.6.0, embedded',
  family: {
    conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
    splits: ['request', 'session'],
    timeouts: true,
    retries: false,
    anyFailure: true,
  },
  carrier: { mirror: 'none', draws: 'all' },
  policies: 24,
  requestsPerPolicy: 60,
  start,
});
process.exitCode = good ? 0 : 1;
