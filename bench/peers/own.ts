import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../command.ts';
import { arbCommand, arbSaid } from '../throughput/arb.ts';
import type { Tool } from './tool.ts';

const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** arb as `npm run bench:throughput` starts it. */
export const arb: Tool = {
  name: 'arb',
  requests: 20_000,
  remark: 'streams; every attempt, answer and outcome as a JSON line, and the summary',
  install: () => project.version,
  start: (job, folder, out) => ({
    command: [...arbCommand(folder, job), '--out', join(out, 'run')],
  }),
  said: (out) => arbSaid(join(out, 'run'), arb.requests).perSecond,
};

/** The loop that `npm run bench:throughput` compares arb with; it also warms the mock up. */
export const bare: Tool = {
  name: 'bare loop',
  requests: 20_000,
  least: 1.2,
  remark: `streams, parses every chunk, records nothing: undici ${project.dependencies.undici} and eventsource-parser ${project.devDependencies['eventsource-parser']}`,
  install: () => project.version,
  start: ({ url, requests, places }) => ({
    command: [
      process.execPath,
      join(root, 'bench', 'throughput', 'bare.ts'),
      url,
      String(requests),
      String(places),
    ],
  }),
  said: (_, printed) => (JSON.parse(printed) as { perSecond: number }).perSecond,
};
