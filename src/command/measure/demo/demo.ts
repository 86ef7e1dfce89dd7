import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../../../store/file/atomic.ts';
import { removeRun } from '../../../store/purge.ts';
import { forkSimulator, type OwnSimulator } from '../calibrate/own-simulator.ts';
import { demoPort, layOutKit, simCommand } from './kit.ts';

/** The demo under way: the simulator runs until `end`. */
export interface Demo {
  /** Where the simulated providers are. */
  readonly url: string;
  /** The arguments of the commands that make the demo, in their order. */
  readonly steps: readonly (readonly string[])[];
  /** Ends the simulator. */
  end(): Promise<void>;
  /** What the steps came to. */
  result(): DemoResult;
}

/** What the demo found, for its last words. */
export interface DemoResult {
  readonly routes: string;
  /** As shares of what the baseline alone costs; absent where nothing was certified. */
  readonly saving?: { readonly estimate: number; readonly low: number; readonly high: number };
  /** What was shown on requests that the policy was not chosen on. */
  readonly claim?: string;
  readonly baseline: string;
  /** How to have the same market again. */
  readonly sim: string;
}

/**
 * Lays out the practice market in `dir`, where the run and the policy go too, and starts its simulator.
 * An earlier run of the demo there is replaced.
 *
 * @throws UsageError where another process is at the demo in `dir`.
 */
export async function startDemo(dir: string): Promise<Demo> {
  const kit = layOutKit(dir);
  const file = (name: string) => join(dir, name);
  const [run, config, routes, summary] = ['run', 'arb.yaml', 'routes.yaml', 'summary.json'].map(
    file,
  ) as [string, string, string, string];
  removeRun(run);
  const simulator = await startMarket(kit.market, kit.workload);
  writeAtomic(config, kit.config.replaceAll(`http://127.0.0.1:${demoPort}`, simulator.url));
  return {
    url: simulator.url,
    steps: [
      ['bench', kit.workload, '--config', config, '--out', run],
      ['recommend', run, '--rival', kit.rival, '--out', routes, '--summary', summary],
    ],
    end: async () => void (await simulator.end()),
    result: () => readResult(summary, { routes, sim: simCommand(kit) }),
  };
}

/** Where the demo's arb.yaml looks for it, unless that port is taken. */
async function startMarket(market: string, workload: string): Promise<OwnSimulator> {
  const serve = (port: number) =>
    forkSimulator([market, '--workload', workload, '--port', String(port)]);
  return await serve(demoPort).catch(() => serve(0));
}

/** The parts of `recommend --summary` that are told. */
interface SummaryFile {
  readonly baseline: { readonly name: string };
  readonly certificate?: {
    readonly claim: string;
    readonly saving?: { readonly estimate: number; readonly low: number; readonly high: number };
  };
  readonly status: string;
}

function readResult(
  summary: string,
  { routes, sim }: Pick<DemoResult, 'routes' | 'sim'>,
): DemoResult {
  const { baseline, certificate, status } = JSON.parse(
    readFileSync(summary, 'utf8'),
  ) as SummaryFile;
  const saving = status === 'certified' ? certificate?.saving : undefined;
  return {
    routes,
    ...(saving && { saving, claim: certificate?.claim ?? '' }),
    baseline: baseline.name,
    sim,
  };
}
