/**
 * Runs the blocks of docs/deploying.md for LiteLLM and Portkey as they stand there, from a policy to its
 * first routed request and `arb verify`: the real gateways on free ports, the simulated market behind them.
 *
 *   npm run deploy-page
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, startSim } from '../bench/command.ts';
import { freePort } from '../bench/gateways/process.ts';
import { virtualEnvironment } from '../bench/gateways/venv.ts';

const page = readFileSync(join(root, 'docs', 'deploying.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'arb-deploy-'));
const bin = join(folder, 'bin');

/** The first block of a language under a heading. */
function readBlock(heading: string, language: string): string {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  const block = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(section ?? '')?.[1];
  if (block === undefined) throw new Error(`${heading} of the page has no block of ${language}`);
  return block;
}

/** What the machine of the reader has: arb, and the gateways without a registry. */
function install(): void {
  const node = process.execPath;
  const portkey = join(root, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  mkdirSync(bin);
  const command = (name: string, line: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  command('arb', `exec "${node}" "${join(root, 'dist', 'cli', 'main.js')}" "$@"`);
  command('npx', `shift 2\nexec "${node}" "${portkey}" "$@"`);
}

/** Everything that a block starts ends with it. */
async function follow(block: string): Promise<string> {
  const litellm = virtualEnvironment('litellm', 'requirements.txt');
  const env = {
    ...process.env,
    PATH: `${bin}:${litellm}:${process.env.PATH}`,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  };
  const child = spawn('sh', ['-ec', block], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  try {
    process.kill(-(child.pid ?? 0), 'SIGTERM');
  } catch {
    // Nothing was left running.
  }
  if (code !== 0) throw new Error(`${block}ended with ${code}:\n${said}`);
  return said;
}

function hold(what: string, said: string, wanted: RegExp): void {
  const [found] = wanted.exec(said) ?? [];
  if (found === undefined) throw new Error(`${what}: expected ${wanted} in\n${said}`);
  console.log(`${what}: ${found}`);
}

/** The page's ports are those of the gateways' own defaults, which something else may hold here. */
async function onFreePort(text: string, port: string): Promise<(text: string) => string> {
  const free = String(await freePort());
  if (!text.includes(port)) throw new Error(`the page no longer names port ${port}`);
  return (each) => each.replaceAll(port, free);
}

try {
  install();
  const workload = join(root, 'fixtures', 'practice.workload.jsonl');
  copyFileSync(workload, join(folder, 'workload.jsonl'));
  const market = join(root, 'fixtures', 'practice.market.yaml');
  const sim = await startSim(market, '--workload', workload);
  const policy = readFileSync(join(root, 'fixtures', 'practice.routes.yaml'), 'utf8');
  writeFileSync(
    join(folder, 'routes.yaml'),
    policy.replaceAll('http://127.0.0.1:4141', sim.url.replace(/\/$/, '')),
  );
  try {
    const landed = /100 of 100 requests landed where the policy says/;
    const litellm = readBlock('LiteLLM', 'sh');
    const first = await follow((await onFreePort(litellm, '4000'))(litellm));
    hold('LiteLLM, first request', first, /^HTTP\/1\.1 200/m);
    hold('LiteLLM, its rule', first, /^x-arb-tier: \S+/m);
    hold('LiteLLM', first, landed);
    const portkey = readBlock('Portkey', 'sh');
    const place = await onFreePort(portkey, '8787');
    writeFileSync(join(folder, 'first_request.py'), place(readBlock('Portkey', 'python')));
    const second = await follow(place(portkey));
    hold('Portkey, first request', second, /^\S+ \{'id'/m);
    hold('Portkey', second, landed);
  } finally {
    await sim.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
