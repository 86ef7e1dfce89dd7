import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Exporter } from '../../src/gateway/export/exporter.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { freePort, launch, type Running } from './process.ts';
import { virtualEnvironment } from './venv.ts';

/** What a configuration of LiteLLM's proxy holds, as far as it is put together here. */
export interface ProxyConfig {
  readonly model_list: readonly object[];
  readonly litellm_settings?: object;
  readonly router_settings?: Readonly<Record<string, unknown>>;
  readonly general_settings?: object;
}

/** The real LiteLLM proxy, started offline and without a database. */
export async function startProxy(
  config: ProxyConfig,
  modules: Readonly<Record<string, string>>,
): Promise<Running> {
  const bin = virtualEnvironment('litellm', 'requirements.txt');
  const folder = mkdtempSync(join(tmpdir(), 'arb-litellm-'));
  writeFileSync(join(folder, 'config.yaml'), stringify(config));
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);
  const port = await freePort();
  const gateway = await launch({
    command: join(bin, 'litellm'),
    args: ['--config', join(folder, 'config.yaml'), '--host', '127.0.0.1', '--port', String(port)],
    env: { ...offline, MOCK_API_KEY: 'test' },
    port,
    ready: '/health/liveliness',
  });
  const stop = async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true });
  };
  return { url: gateway.url, stop };
}

/** No price list, telemetry or update check is fetched; nothing but loopback is called. */
const offline = {
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  LITELLM_TELEMETRY: 'False',
  LITELLM_LOG: 'ERROR',
  DISABLE_ADMIN_UI: 'True',
  NO_DOCS: 'True',
};

/** The exported files of one policy under an entry name of its own, so that one proxy holds many. */
export function exportedAs(
  exporter: Exporter,
  policy: Policy,
  entry: string,
): (path: string) => string {
  const { files } = exporter.export(policy, { entry, allowLoss: true });
  return (path) => files.find((file) => file.path === path)?.text ?? '';
}
