import { existsSync } from 'node:fs';
import {
  type Calibration,
  calibrationFaults,
  type ExitCode,
  exitCodes,
  loadConfig,
  loadOptions,
  type MeasuredAnswer,
  ms,
  ownErrors,
  planReplay,
  resolveTarget,
  startReplay,
  statedErrorLimit,
  targetConfigSchema,
  type WorkloadRequest,
} from '../../index.ts';
import type { BenchOptions } from '../commands/bench.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { describeCalibration } from './calibration-lines.ts';
import {
  type CalibrationLoad,
  calibrationLoad,
  marketOf,
  plannedStreams,
} from './calibration-load.ts';
import { type OwnSimulator, startOwnSimulator } from './own-simulator.ts';

/** A machine that is too busy to answer by then is too busy to measure on. */
const deadline = ms(30_000);

interface Circumstances {
  readonly seed: number;
  readonly shell: Shell;
}

/**
 * Measures arb's own error against the instants at which `arb sim`, in a process of its own, wrote
 * to its sockets. Nothing where it was interrupted.
 */
export async function calibrate(
  load: CalibrationLoad,
  { seed, shell }: Circumstances,
): Promise<Calibration | undefined> {
  const { streams, planned } = load;
  say(shell.stderr, `calibrating: ${streams} streams against arb's own simulator, about 5 s`);
  const stop = new AbortController();
  const stopListening = shell.onInterrupt(() => stop.abort());
  let simulator: OwnSimulator | undefined;
  try {
    simulator = await startOwnSimulator(marketOf(load, seed));
    const measured = await measure(simulator.url, { load, seed, signal: stop.signal, shell });
    const truths = await simulator.end();
    simulator = undefined;
    if (stop.signal.aborted) return undefined;
    const at = shell.now().toISOString();
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
  readonly shell: Shell;
}

async function measure(
  url: string,
  { load, seed, signal, shell }: Measuring,
): Promise<readonly MeasuredAnswer[]> {
  const { streams, answers, warmup } = load;
  const plan = planReplay({
    targets: [ownTarget(`${url}/stream/v1`, streams)],
    // All at once would measure how fast so many requests can be written.
    load: { concurrency: streams, maxInFlight: streams, ramp: warmup, warmup, deadline },
    seed,
  });
  const run = startReplay(plan, prompts, { process: shell.process });
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
    ...{ provider: 'openai-compatible', model: 'm', base_url: baseUrl },
    ...{ price: { input: 0, output: 0 }, limits: { concurrency } },
  });
  return resolveTarget('stream', config, {});
}

async function* prompts(): AsyncGenerator<readonly WorkloadRequest[]> {
  for (let index = 0; ; index++) {
    const body = { messages: [{ role: 'user', content: `stream ${index}` }] };
    yield [{ id: `s-${index}`, line: index + 1, metadata: {}, body, expect: [] }];
  }
}

/** `arb bench --calibrate` without a workload: the error, and whether it is within what is stated. */
export async function calibrateAlone(options: BenchOptions, shell: Shell): Promise<ExitCode> {
  const load = calibrationLoad(streamsAsked(options));
  const calibration = await calibrate(load, { seed: options.seed, shell });
  if (!calibration) return exitCodes.interrupted;
  const faults = calibrationFaults(calibration);
  if (options.json) sayJson(shell.stdout, { ...calibration, invalid: faults });
  else for (const line of describeCalibration(calibration, faults)) say(shell.stdout, line);
  return faults.length > 0 ? exitCodes.no : exitCodes.ok;
}

/** As arb.yaml plans it, where there is one; the command line wins. */
function streamsAsked(options: BenchOptions): number {
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
