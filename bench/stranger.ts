import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './command.ts';
import { freePort, launch } from './gateways/process.ts';
import { installPacked, mainOf } from './installed.ts';

/**
 * The path of somebody who has nothing but the packed package, from an empty folder to a live gateway:
 * each command is taken from what the one before printed after `next:`, and only the names that a user
 * has to choose are filled in. Nothing but loopback is asked: the providers are the demo's market, the
 * gateway is the real Portkey.
 */
const folder = mkdtempSync(join(tmpdir(), 'arb-stranger-'));
const started = performance.now();
const said: string[] = [];

installPacked(folder);
const portkey = await startPortkey();
/** What the text leaves open: the gateway, and where it is. */
const choices: Readonly<Record<string, string>> = { GATEWAY: 'portkey', URL: `${portkey.url}/v1` };
let market: ChildProcess | undefined;
try {
  await follow('arb demo', []);
  market = await startMarket();
  let step = nextOf();
  for (const verb of ['init', 'inspect', 'bench', 'recommend', 'export', 'verify']) {
    expectStep(step, verb);
    // A machine that is busy makes the times of a bench not to be trusted, and says so with 3.
    await follow(step, verb === 'bench' ? [3] : []);
    if (verb !== 'verify') step = nextOf();
  }
  for (const { base_url } of targetsOf('arb.yaml')) {
    if (!base_url.startsWith('http://127.0.0.1:')) fail(`${base_url} is not on loopback`);
  }
  const landed = /(\d+) of (\d+) requests landed/.exec(said.join('\n'));
  console.log(
    `from an empty folder to a verified gateway in ${seconds()} s: ${landed?.[0] ?? 'verified'}`,
  );
} finally {
  market?.kill('SIGTERM');
  await portkey.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a command of the text in the folder; its output is what the next step is taken from. */
async function follow(command: string, allowed: readonly number[]): Promise<void> {
  console.log(`\n$ ${command}`);
  const child = startArb(command);
  said.length = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = said.join('').trimEnd().split('\n');
  console.log(lines.slice(-4).join('\n'));
  if (code !== 0 && !allowed.includes(code ?? -1)) {
    fail(`${command} ended with ${code}:\n${lines.join('\n')}`);
  }
}

function startArb(command: string) {
  const [name, ...args] = command.split(' ');
  if (name !== 'arb') fail(`"${command}" is no command of arb`);
  const { PATH, HOME } = process.env;
  return spawn(process.execPath, [mainOf(folder), ...args], { cwd: folder, env: { PATH, HOME } });
}

/** The last command that was named after `next:`, as it stands. */
function nextOf(): string {
  const commands = [...said.join('').matchAll(/^next: (arb .*)$/gm)].map(([, text]) => text);
  const last = commands.at(-1) ?? fail(`no next step in:\n${said.join('')}`);
  return last.replaceAll(/\b[A-Z]{3,}\b/g, (word) => choices[word] ?? word).trim();
}

function expectStep(command: string, verb: string): void {
  if (!command.startsWith(`arb ${verb}`)) fail(`expected arb ${verb}, the text says: ${command}`);
}

/** The demo names the command that serves its market. */
async function startMarket() {
  const command = /: (arb sim .*)$/m.exec(said.join(''))?.[1] ?? fail('the demo names no market');
  const child = startArb(command);
  await once(child.stdout, 'data');
  console.log(`\n$ ${command} &`);
  return child;
}

async function startPortkey() {
  const port = await freePort();
  return await launch({
    command: process.execPath,
    args: [
      join(root, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js'),
      `--port=${port}`,
      '--headless',
    ],
    env: { NODE_OPTIONS: '--max-http-header-size=262144' },
    port,
    ready: '/',
  });
}

function targetsOf(file: string): { base_url: string }[] {
  const path = join(folder, file);
  if (!existsSync(path)) fail(`${file} was not written`);
  return Object.values((parse(readFileSync(path, 'utf8')) as { targets: object }).targets);
}

function seconds(): string {
  return ((performance.now() - started) / 1_000).toFixed(0);
}

function fail(what: string): never {
  throw new Error(what);
}
