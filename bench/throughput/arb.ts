import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../command.ts';

/** Requests for one target, in files that `arb bench` reads. */
export interface ThroughputLoad {
  readonly url: string;
  readonly requests: number;
  /** How many are in flight. */
  readonly places: number;
}

/** What `arb bench` said and wrote. */
export interface ThroughputResult {
  /** From the first request sent to the last answer. */
  readonly perSecond: number;
  /** What it wrote about its attempts, their answers and their outcomes. */
  readonly bytes: number;
}

/** Writes a workload and a config into the folder, and gives the command that runs them. */
export function arbCommand(folder: string, { url, requests, places }: ThroughputLoad): string[] {
  const workload = join(folder, 'workload.jsonl');
  const lines = Array.from({ length: requests }, (_, index) =>
    JSON.stringify({
      id: `r-${index}`,
      request: { messages: [{ role: 'user', content: `hello ${index}` }] },
    }),
  );
  writeFileSync(workload, `${lines.join('\n')}\n`);
  const config = join(folder, 'arb.yaml');
  const target = {
    provider: 'openai-compatible',
    base_url: `${url}/v1`,
    model: 'mock',
    price: { input: 1, output: 2 },
    limits: { concurrency: places },
  };
  const load = { mode: 'closed', concurrency: places, max_in_flight: places };
  writeFileSync(config, JSON.stringify({ targets: { mock: target }, load }));
  const main = join(root, 'dist', 'cli', 'main.js');
  return [process.execPath, main, 'bench', workload, '--config', config, '--json'];
}

/** @throws Error where a request was not answered. */
export function arbSaid(out: string, requests: number): ThroughputResult {
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    total: { ok: number; requests_per_s: number };
  };
  if (summary.total.ok !== requests) throw new Error(`only ${summary.total.ok} were answered`);
  const recorded = ['attempts', 'answers', 'outcomes'].map(
    (name) => statSync(join(out, `${name}.jsonl`)).size,
  );
  return {
    perSecond: summary.total.requests_per_s,
    bytes: recorded.reduce((sum, size) => sum + size, 0),
  };
}
