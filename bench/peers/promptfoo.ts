import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tool } from './tool.ts';

const here = import.meta.dirname;
const installed = join(here, 'node_modules', 'promptfoo');

const versionIn = (folder: string) =>
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;

const wanted = () =>
  (
    JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
      dependencies: { promptfoo: string };
    }
  ).dependencies.promptfoo;

/** Its OpenAI chat provider cannot stream, so that it gets the same text as one JSON object. */
export const promptfoo: Tool = {
  name: 'promptfoo',
  requests: 1_500,
  least: 30,
  remark: 'does not stream chat completions: one JSON object an answer; SQLite, JSON and its log',
  install() {
    if (!existsSync(installed) || versionIn(installed) !== wanted()) {
      // `npm ci` refuses a lock file that leaves out packages for other platforms.
      const args = ['install', '--no-save', '--prefix', here, '--ignore-scripts'];
      const quiet = ['--no-audit', '--no-fund', '--loglevel', 'error'];
      const { status, stderr } = spawnSync('npm', [...args, ...quiet], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`);
    }
    return versionIn(installed);
  },
  start({ url, requests, places }, folder, out) {
    const config = join(folder, 'promptfooconfig.json');
    const provider = {
      id: 'openai:chat:mock',
      config: { apiBaseUrl: `${url}/v1`, apiKey: 'none' },
    };
    writeFileSync(
      config,
      JSON.stringify({
        prompts: ['hello {{index}}'],
        providers: [provider],
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
        PROMPTFOO_CONFIG_DIR: join(out, 'home'),
        PROMPTFOO_DISABLE_TELEMETRY: '1',
        PROMPTFOO_DISABLE_UPDATE: '1',
      },
    };
  },
  said(out) {
    const { stats } = (
      JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as {
        results: { stats: { successes: number; durationMs: number } };
      }
    ).results;
    return (stats.successes / stats.durationMs) * 1_000;
  },
};
