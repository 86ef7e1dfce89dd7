import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Tool } from './tool.ts';

const here = import.meta.dirname;
// Beside the environments of Python: knip walks a node_modules that is not at the root.
const place = resolve('.venv', 'promptfoo');
const installed = join(place, 'node_modules', 'promptfoo');

const versionIn = (folder: string) =>
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;

const wanted = () =>
  (
    JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
      dependencies: { promptfoo: string };
    }
  ).dependencies.promptfoo;

/** Its own provider for chat completions cannot stream: it gets the same text as one JSON object. */
export const promptfooChat = promptfoo({
  name: 'promptfoo',
  remark:
    'its provider for chat completions does not stream: one JSON object an answer; records into SQLite, JSON and its log',
  provider: (url) => ({
    id: 'openai:chat:mock',
    config: { apiBaseUrl: `${url}/v1`, apiKey: 'none' },
  }),
});

/**
 * The way it has to read a stream: its HTTP provider, with an expression that joins the chunks. Its
 * debug log holds every answer, and it fails at the end of the run if that is not yet written.
 */
export const promptfooStream = promptfoo({
  name: 'promptfoo s',
  remark:
    'promptfoo with its HTTP provider, which streams and is told how to read the chunks; no debug log',
  env: { PROMPTFOO_DISABLE_DEBUG_LOG: '1' },
  provider: (url) => ({
    id: `${url}/v1/chat/completions`,
    config: {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: { model: 'mock', stream: true, messages: [{ role: 'user', content: '{{prompt}}' }] },
      transformResponse: `text.split('\\n\\n').filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)).choices[0]?.delta.content ?? '').join('')`,
    },
  }),
});

interface Way {
  readonly name: string;
  readonly remark: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly provider: (url: string) => object;
}

function promptfoo({ provider, env, ...way }: Way): Tool {
  return {
    ...way,
    requests: 1_500,
    least: 30,
    install,
    start({ url, requests, places }, folder, out) {
      const config = join(folder, 'promptfooconfig.json');
      writeFileSync(
        config,
        JSON.stringify({
          prompts: ['hello {{index}}'],
          providers: [provider(url)],
          tests: Array.from({ length: requests }, (_, index) => ({ vars: { index } })),
        }),
      );
      const entry = join(installed, 'dist', 'src', 'entrypoint.js');
      const quiet = ['--no-cache', '--no-table', '--no-progress-bar', '--no-share'];
      return {
        command: [
          ...[process.execPath, entry, 'eval', '--config', config, ...quiet],
          ...['--max-concurrency', String(places), '--output', join(out, 'results.json')],
        ],
        env: {
          ...env,
          PROMPTFOO_CONFIG_DIR: join(out, 'home'),
          PROMPTFOO_DISABLE_TELEMETRY: '1',
          PROMPTFOO_DISABLE_UPDATE: '1',
        },
      };
    },
    said,
  };
}

function install(): string {
  if (!existsSync(installed) || versionIn(installed) !== wanted()) {
    mkdirSync(place, { recursive: true });
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(here, file), join(place, file));
    // `npm ci` refuses a lock file that leaves out packages for other platforms.
    const args = ['install', '--no-save', '--prefix', place, '--ignore-scripts'];
    const quiet = ['--no-audit', '--no-fund', '--loglevel', 'error'];
    const { status, stderr } = spawnSync('npm', [...args, ...quiet], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`);
  }
  return versionIn(installed);
}

/** Only an answer with its whole text counts. */
function said(out: string): number {
  const { results, stats } = (
    JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as {
      results: {
        results: { response?: { output?: unknown } }[];
        stats: { durationMs: number };
      };
    }
  ).results;
  const wrong = results.find(({ response }) => !String(response?.output).endsWith(' word63'));
  if (wrong !== undefined) throw new Error(`promptfoo read ${JSON.stringify(wrong.response)}`);
  return (results.length / stats.durationMs) * 1_000;
}
