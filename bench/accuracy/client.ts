import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Progress } from '../../src/cli/measure/bench/progress.ts';
import {
  createMeter,
  type Meter,
  ms,
  planReplay,
  type SelfCheck,
  startReplay,
  type WorkloadRequest,
} from '../../src/index.ts';
import { Scoreboard } from '../../src/outcome/scoreboard.ts';
import type { RunOptions } from '../../src/replay/replay.ts';
import { statedErrorLimit } from '../../src/replay/thread/self-check.ts';
import { root } from '../command.ts';
import { benchTarget } from '../target.ts';

/**
 * arb itself, in the process that is measured: replays `requests` synthetic prompts at `streams` at
 * once and writes what it measured as JSON. With `screen` it draws the real screen of `arb bench`;
 * with `plant` it delays its own stamps, for the check that must fail.
 */
interface Options {
  readonly baseUrl: string;
  readonly streams: number;
  readonly requests: number;
  readonly screen: boolean;
  readonly plant: boolean;
  readonly out: string;
}

const options = JSON.parse(process.argv[2] ?? '') as Options;
const plan = planReplay({
  targets: [benchTarget('stream', options.baseUrl, options.streams)],
  load: {
    concurrency: options.streams,
    maxInFlight: options.streams,
    // All streams at once would only measure how fast 200 requests can be written.
    ramp: ms(2_000),
    // Two processes full of code that was not compiled yet; `arb bench --warmup 5s` does the same.
    warmup: ms(5_000),
  },
});

async function* prompts(): AsyncGenerator<readonly WorkloadRequest[]> {
  for (let index = 0; index < options.requests; index++) {
    const body = { messages: [{ role: 'user', content: `stream ${index}` }] };
    yield [{ id: `s-${index}`, line: index + 1, metadata: {}, body, expect: [] }];
  }
}

/** What the screen shows, the newest of it. */
interface Figures {
  readonly meter: Meter;
  self: SelfCheck | undefined;
}

/** The screen is JSX and therefore taken from the build; its types hold this to what it is today. */
async function showScreen(figures: Figures): Promise<Progress> {
  const built = join(root, 'dist', 'cli', 'measure', 'bench', 'progress.js');
  const { showProgress } = (await import(
    pathToFileURL(built).href
  )) as typeof import('../../src/cli/measure/bench/progress.ts');
  const shell = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: {},
    onInterrupt: () => () => undefined,
    now: () => new Date(),
    process: 'shared' as const,
  };
  return showProgress(
    shell,
    {
      ...figures,
      scores: new Scoreboard(),
      warnings: [],
      dir: 'bench',
      plan,
      requests: options.requests,
      passesOf: () => 1,
      statedErrorLimit,
      get self() {
        return figures.self;
      },
    },
    { json: false },
  );
}

const meter = createMeter(['stream']);
const figures: Figures = { meter, self: undefined };
const screen = options.screen ? await showScreen(figures) : undefined;
const rows: { id: string; sent: number; ttft: number; gaps: number[] }[] = [];
let self: unknown;
const run: RunOptions = {
  // As `arb bench` does it.
  process: 'own',
  ...(options.plant && { worker: new URL('./planted.ts', import.meta.url) }),
};
for await (const event of startReplay(plan, prompts, run)) {
  meter.add(event);
  if (event.kind === 'self') figures.self = event.self;
  if (event.kind === 'finished') self = event.self;
  if (event.kind !== 'attempt' || event.attempt.status !== 'ok' || event.attempt.warmup) continue;
  const { request_id, pass, attempt, sent_ms, ttft_ms } = event.attempt;
  const id = `${request_id}/${pass}/${attempt}`;
  rows.push({
    id,
    sent: sent_ms,
    ttft: ttft_ms,
    gaps: Array.from(event.gaps, (gap) => gap / 1_000),
  });
}
screen?.end();
writeFileSync(options.out, JSON.stringify({ rows, self }));
