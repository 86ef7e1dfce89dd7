import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { exporters } from '../../src/export/exporters.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { freePort, launch } from './process.ts';
import { type Outgoing, post, runGateway, type StartedGateway } from './run.ts';
import { virtualEnvironment } from './venv.ts';

/** The real LiteLLM proxy with the generated hook: `node bench/gateways/litellm.ts [SEED]`. */
async function start(policies: readonly Policy[]): Promise<StartedGateway> {
  const bin = virtualEnvironment('litellm', 'requirements.txt');
  const folder = mkdtempSync(join(tmpdir(), 'arb-litellm-'));
  writeFileSync(join(folder, 'config.yaml'), stringify(configOf(policies, folder)));
  const port = await freePort();
  const gateway = await launch({
    command: join(bin, 'litellm'),
    args: ['--config', join(folder, 'config.yaml'), '--host', '127.0.0.1', '--port', String(port)],
    env: { ...offline, MOCK_API_KEY: 'test' },
    port,
    ready: '/health/liveliness',
  });
  const send = async ({ index, one, body }: Outgoing) => {
    const metadata = { ...one.metadata, session_id: one.session, task: one.task };
    const answer = await post(gateway.url, {}, { ...body, model: `arb-${index}`, metadata });
    const group = answer.headers.get('x-litellm-model-group')?.split('/').at(-1);
    return { status: answer.status, ...(group !== undefined && { says: group }) };
  };
  const stop = async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true });
  };
  return { send, stop };
}

/** No price list, telemetry or update check is fetched; nothing but loopback is called. */
const offline = {
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  LITELLM_TELEMETRY: 'False',
  LITELLM_LOG: 'ERROR',
  DISABLE_ADMIN_UI: 'True',
  NO_DOCS: 'True',
};

/** One proxy for all policies: each under its own entry name, with its own hook. */
function configOf(policies: readonly Policy[], folder: string): object {
  const exported = policies.map((policy, index) => {
    const { files } = exporters.litellm.export(policy, { entry: `arb-${index}` });
    const text = (path: string) => files.find((file) => file.path === path)?.text ?? '';
    writeFileSync(join(folder, `arb_hook_${index}.py`), text('arb_hook.py'));
    return parse(text('litellm.yaml'));
  });
  return {
    model_list: exported.flatMap(({ model_list }) => model_list),
    litellm_settings: { callbacks: policies.map((_, index) => `arb_hook_${index}.arb_hook`) },
  };
}

const good = await runGateway({
  title: 'LiteLLM 1.102.4 with the hook',
  family: {
    conditions: ['range', 'task', 'metadata', 'flags', 'turns'],
    splits: ['request', 'session'],
    timeouts: true,
    retries: true,
    anyFailure: true,
  },
  mirror: 'none',
  policies: 24,
  requestsPerPolicy: 45,
  start,
});
process.exitCode = good ? 0 : 1;
