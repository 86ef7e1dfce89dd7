import { existsSync } from 'node:fs';
import {
  type Calibration,
  calibrationFaults,
  type MeasuredAnswer,
  ownErrors,
} from '../../../measure/calibration.ts';
import { resolveTarget } from '../../../provider/target/resolve-target.ts';
import { targetConfigSchema } from '../../../provider/target/target-config.ts';
import { planReplay } from '../../../replay/load/plan.ts';
import { startReplay } from '../../../replay/replay.ts';
import { statedErrorLimit } from '../../../replay/thread/self-check.ts';
import { ms } from '../../../units.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';
import { loadConfig } from '../../config/config.ts';
import { type LoadOptions, loadOptions } from '../../config/load-options.ts';
import type { CommandContext } from '../../context.ts';
import {
  type CalibrationLoad,
  calibrationLoad,
  plannedStreams,
  toMarket,
} from './calibration-load.ts';
import { type OwnSimulator, startOwnSimulator } from './own-simulator.ts';

/** A machine that is too busy to answer by then is too busy to measure on. */
const deadline = ms(30_000);

interface Circumstances {
  readonly seed: number;
  readonly context: CommandContext;
}

/**
 * Measures arb's own error against the instants at which `arb sim`, in a process of its own, wrote
 * to its sockets. Nothing where it was interrupted.
 */
export async function calibrate(
  load: CalibrationLoad,
  { seed, context }: Circumstances,
): Promise<Calibration | undefined> {
  const { streams, planned } = load;
  const stop = new AbortController();
  const stopListening = context.onInterrupt(() => stop.abort());
  let simulator: OwnSimulator | undefined;
  try {
    simulator = await startOwnSimulator(toMarket(load, seed));
    const measured = await measure(simulator.url, { load, seed, signal: stop.signal, context });
    const truths = await simulator.end();
    simulator = undefined;
    if (stop.signal.aborted) return undefined;
    const at = context.now().toISOString();
    const errors = ownErrors(measured, truths, load.gap);
    return {
      at,
      streams,
      planned_streams: planned,
      ...errors,
      limit_ms: statedErrorLimit(Infinity),
    };
  } catch (error) {
    // Ctrl-C reaches the simulator too.
    if (stop.signal.aborted) return undefined;
    throw error;
  } finally {
    stopListening();
    await simulator?.end();
  }
}

interface Measuring {
  readonly load: CalibrationLoad;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly context: CommandContext;
}

async function measure(
  url: string,
  { load, seed, signal, context }: Measuring,
): Promise<readonly MeasuredAnswer[]> {
  const { streams, answers, warmup } = load;
  const plan = planReplay({
    targets: [ownTarget(`${url}/stream/v1`, streams)],
    // All at once would measure how fast so many requests can be written.
    load: { concurrency: streams, maxInFlight: streams, ramp: warmup, warmup, deadline },
    seed,
  });
  const run = startReplay(plan, prompts, { process: context.process });
  signal.addEventListener('abort', () => run.abort(), { once: true });
  if (signal.aborted) run.abort();
  const measured: MeasuredAnswer[] = [];
  for await (const event of run) {
    if (event.kind !== 'attempt' || event.attempt.status !== 'ok') continue;
    if (event.attempt.warmup) continue;
    const { request_id, pass, attempt, ttft_ms } = event.attempt;
    measured.push({ label: `${request_id}/${pass}/${attempt}`, ttft: ttft_ms, gaps: event.gaps });
    if (measured.length === answers) run.drain();
  }
  return measured;
}

function ownTarget(baseUrl: string, concurrency: number) {
  const config = targetConfigSchema.parse({
    provider: 'openai-compatible',
    model: 'm',
    base_url: baseUrl,
    price: { input: 0, output: 0 },
    limits: { concurrency },
  });
  return resolveTarget('stream', config, {});
}

async function* prompts(): AsyncGenerator<readonly WorkloadRequest[]> {
  for (let index = 0; ; index++) {
    const body = { messages: [{ role: 'user', content: `stream ${index}` }] };
    yield [{ id: `s-${index}`, line: index + 1, metadata: {}, body, expect: [] }];
  }
}

/** What a calibration without a workload takes. */
export interface CalibrateOptions extends LoadOptions {
  /** @default 'arb.yaml', where there is one */
  readonly config?: string;
  /** @default 1 */
  readonly seed?: number;
}

export type CalibrateEvent =
  | { readonly kind: 'calibrating'; readonly streams: number }
  | {
      readonly kind: 'calibrated';
      readonly calibration: Calibration;
      /** Why a run here could not be believed; empty = within the stated error. */
      readonly faults: readonly string[];
    }
  | { readonly kind: 'interrupted' };

/**
 * Measures arb's own error without a workload, at the load that arb.yaml plans: some seconds of
 * streams from a simulated provider on loopback. `calibrated` or `interrupted` is last.
 *
 * @throws UsageError for what was given
 */
export async function* calibrateAlone(
  options: CalibrateOptions,
  context: CommandContext,
): AsyncGenerator<CalibrateEvent, void> {
  const load = calibrationLoad(streamsAsked(options));
  yield { kind: 'calibrating', streams: load.streams };
  const calibration = await calibrate(load, { seed: options.seed ?? 1, context });
  if (!calibration) return yield { kind: 'interrupted' };
  yield { kind: 'calibrated', calibration, faults: calibrationFaults(calibration) };
}

/** As arb.yaml plans it, where there is one; the command line wins. */
function streamsAsked(options: CalibrateOptions): number {
  const { config: file, concurrency = 8, maxInFlight = concurrency } = options;
  if (file === undefined && !existsSync('arb.yaml')) return Math.min(concurrency, maxInFlight);
  const { config, targets, file: read } = loadConfig(file);
  return plannedStreams(
    planReplay({
      targets: targets.filter(({ role }) => role === 'candidate'),
      load: loadOptions(config, options, read),
    }),
  );
}
