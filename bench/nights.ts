import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type NightMarket,
  toConfigTargets,
  toMarketFile,
} from '../src/command/watch/nightly/night-market.test.helper.ts';
import type { Night } from '../src/compare/night.ts';
import { startSim } from './command.ts';

/**
 * Nights in a row of `arb nightly` against `arb sim`, each with a log and a market of its own, from a
 * folder without a policy to the changed routes.yaml; what each must come to is in the table below.
 *
 *   npm run bench:nights
 */
const usual: NightMarket = {
  strong: { price: [3, 15], accuracy: 0.97 },
  middle: { price: [1.5, 6], accuracy: 0.97 },
  cheap: { price: [0.3, 1.2], accuracy: 0.97 },
};
const dearer: NightMarket = { ...usual, cheap: { price: [3, 12], accuracy: 0.97 } };
const worse: NightMarket = { ...usual, cheap: { price: [0.3, 1.2], accuracy: 0.7 } };

interface Scenario {
  readonly name: string;
  readonly market: NightMarket;
  readonly requests: number;
  readonly judges?: 'broken';
  readonly kill?: true;
  readonly verdict: Night['verdict'];
  readonly code: number;
  /** Whether routes.yaml is another file after the night. */
  readonly changes: boolean;
}

const nights: readonly Scenario[] = [
  {
    name: 'first night',
    market: dearer,
    requests: 900,
    verdict: 'proposed',
    code: 0,
    changes: true,
  },
  {
    name: 'nothing changed',
    market: dearer,
    requests: 900,
    verdict: 'kept',
    code: 0,
    changes: false,
  },
  {
    name: 'a price fell',
    market: usual,
    requests: 900,
    verdict: 'proposed',
    code: 0,
    changes: true,
  },
  {
    name: 'a model became worse',
    market: worse,
    requests: 900,
    verdict: 'proposed',
    code: 1,
    changes: true,
  },
  {
    name: 'too few requests',
    market: dearer,
    requests: 25,
    verdict: 'kept',
    code: 4,
    changes: false,
  },
  {
    name: 'killed and resumed',
    market: dearer,
    requests: 900,
    kill: true,
    verdict: 'kept',
    code: 0,
    changes: false,
  },
  {
    name: 'judges refused',
    market: dearer,
    requests: 300,
    judges: 'broken',
    verdict: 'kept',
    code: 4,
    changes: false,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'arb-nights-'));
const at = (name: string) => join(folder, name);
const routes = at('routes.yaml');

function writeMarket(market: NightMarket): string {
  writeFileSync(at('market.yaml'), JSON.stringify(toMarketFile(market, 0.02)));
  return at('market.yaml');
}

function writeConfig(market: NightMarket, url: string, judges: Scenario['judges']): void {
  const targets = toConfigTargets(market, url);
  // A judge that nobody serves.
  const judge = {
    provider: 'openai-compatible',
    base_url: 'http://127.0.0.1:9/v1',
    model: 'judge',
    maker: 'nobody',
    role: 'judge',
    price: { input: 1, output: 1 },
  };
  const quality = {
    baseline: 'strong',
    floor: 'baseline-0.03',
    ...(judges && { judges: ['judge'] }),
  };
  const config = {
    targets: { ...targets, ...(judges && { judge }) },
    load: { mode: 'closed', concurrency: 4 },
    budget: { max_usd: 50 },
    quality,
    // Another price within the night's own market is no alarm of the gate here.
    gate: { price_increase: 100, cost_increase: 100 },
  };
  writeFileSync(at('arb.yaml'), JSON.stringify(config));
}

/** Other requests each night, in sessions of two. */
function writeLog(night: number, { requests, judges }: Scenario): string {
  const lines = Array.from({ length: requests }, (_, i) => {
    const expect = judges ? { rubric: 'Is it right?' } : { choice: 'ABCD'[i % 4], of: [...'ABCD'] };
    return JSON.stringify({
      id: `n${night}-${i}`,
      task: i % 3 === 0 ? 'extract' : 'chat',
      session: `n${night}-s${i >> 1}`,
      request: {
        messages: [
          {
            role: 'user',
            content: `Night ${night}, question ${i}: A, B, C or D? ${'words '.repeat(i % 40)}`,
          },
        ],
      },
      expect,
    });
  });
  const file = at(`night-${night}.jsonl`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

function startNight(
  date: string,
  log: string,
  requests: number,
): { child: ChildProcess; ended: Promise<Ended> } {
  const script = join(import.meta.dirname, 'nights', 'one-night.ts');
  const args = [log, '--routes', 'routes.yaml', '--requests', String(requests), '--json'];
  const child = spawn(process.execPath, [script, date, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  return { child, ended };
}

/** Kills the night once some of its answers are on file. */
async function killMidway(date: string, log: string, requests: number): Promise<void> {
  const { child, ended } = startNight(date, log, requests);
  const attempts = () => {
    const dir = findNight(date);
    const file = dir && join(dir, 'attempts.jsonl');
    return file && existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0;
  };
  while (attempts() < requests / 3) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  await ended;
}

function findNight(date: string): string | undefined {
  const dir = at('reports');
  if (!existsSync(dir)) return undefined;
  const name = readdirSync(dir).find((each) => each.startsWith(date));
  return name && join(dir, name);
}

const readRoutes = () => (existsSync(routes) ? readFileSync(routes, 'utf8') : '');

let wrong = 0;
for (const [index, scenario] of nights.entries()) {
  const date = new Date(Date.UTC(2026, 10, 1 + index)).toISOString().slice(0, 10);
  const sim = await startSim(writeMarket(scenario.market), '--workload', writeLog(index, scenario));
  const log = at(`night-${index}.jsonl`);
  writeConfig(scenario.market, sim.url, scenario.judges);
  const before = readRoutes();
  if (scenario.kill) await killMidway(date, log, scenario.requests);
  const { code, said } = await startNight(date, log, scenario.requests).ended;
  // The same night once more: it is read, not paid for.
  const again = await startNight(date, log, scenario.requests).ended;
  const { targets } = await sim.stop();
  const asked = Object.values(targets).reduce((sum, each) => sum + each.requests, 0);
  // Where judges compare, the baseline is asked twice.
  const passes = Object.keys(scenario.market).length + (scenario.judges ? 1 : 0);
  const expected = scenario.requests * passes;
  const night = JSON.parse(said) as Night;
  // What was in flight when it was killed is asked twice: 12 places, and the answers of some 20 ms that
  // were on their way to the disk.
  const isPaidOnce = asked >= expected && asked <= expected + (scenario.kill ? 60 : 0);
  const isRight =
    code === scenario.code &&
    again.code === scenario.code &&
    again.said === said &&
    night.verdict === scenario.verdict &&
    (readRoutes() !== before) === scenario.changes &&
    isPaidOnce;
  if (!isRight) wrong += 1;
  console.log(
    `${isRight ? 'ok   ' : 'WRONG'} ${date} ${scenario.name.padEnd(22)} ${night.verdict}, exit ${code}, ${asked} asked of ${expected}: ${night.why}`,
  );
  for (const change of night.changes) console.log(`        ${change}`);
}
rmSync(folder, { recursive: true });
process.exitCode = wrong > 0 ? 1 : 0;
