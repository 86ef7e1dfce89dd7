import { existsSync } from 'node:fs';
import {
  answersForP99,
  type Calibration,
  calibrationFaults,
  type ExitCode,
  exitCodes,
  type MeasuredAnswer,
  type Ms,
  ms,
  ownErrors,
  planReplay,
  type ReplayPlan,
  resolveTarget,
  startReplay,
  statedError,
  targetConfigSchema,
  type WorkloadRequest,
} from '../../index.ts';
import type { BenchOptions } from '../commands/bench.ts';
import { loadConfig, loadOptions } from '../config.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { duration, formatTable } from '../table.ts';
import { type OwnSimulator, startOwnSimulator } from './own-simulator.ts';

/** What arb replays against its own simulator, some five seconds of it. */
export interface CalibrationLoad {
  /** Answers at once; more than planned where that is too few to measure in the time. */
  readonly streams: number;
  readonly planned: number;
  readonly chunks: number;
  /** The first second is no measurement: both processes are cold. */
  readonly warmup: Ms;
  /** Answers to be measured. */
  readonly answers: number;
}

/** Fewer would need minutes for 299 answers; more is a load on the simulator rather than on arb. */
const streamLimits = { least: 16, most: 512 };
const chunkLimits = { least: 5, most: 100 };
/** 50 chunks a second, as a fast model streams. */
const gap = 20;
const ttft = { p50_ms: 40, p99_ms: 120 };
const measuredFor = 3_500;
const warmup = ms(1_000);
/** A machine that is too busy to answer by then is too busy to measure on. */
const deadline = ms(30_000);

/** So many streams as the run will have, so many answers as a bound on the p99 takes. */
export function calibrationLoad(planned: number): CalibrationLoad {
  const streams = within(planned, streamLimits);
  const rounds = Math.ceil(answersForP99 / streams);
  // After the last answer that is wanted, those under way come to their end.
  const each = measuredFor / (rounds + 1);
  const chunks = within(Math.round((each - ttft.p50_ms) / gap), chunkLimits);
  return { streams, planned, chunks, warmup, answers: answersForP99 };
}

const within = (value: number, { least, most }: { least: number; most: number }) =>
  Math.min(most, Math.max(least, value));

/** Requests that the run can have in flight. */
export function plannedStreams({ targets, load }: Pick<ReplayPlan, 'targets' | 'load'>): number {
  const places = targets.map(({ limits }) => Math.min(load.concurrency, limits.concurrency));
  return Math.min(
    load.maxInFlight,
    places.reduce((sum, each) => sum + each, 0),
  );
}

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
    const measured = await measure(simulator.url, { load, seed, signal: stop.signal });
    const truths = await simulator.end();
    simulator = undefined;
    if (stop.signal.aborted) return undefined;
    const at = shell.now().toISOString();
    const errors = ownErrors(measured, truths);
    return { at, streams, planned_streams: planned, ...errors, limit_ms: statedError(Infinity) };
  } catch (error) {
    // Ctrl-C reaches the simulator too.
    if (stop.signal.aborted) return undefined;
    throw error;
  } finally {
    stopListening();
    await simulator?.end();
  }
}

function marketOf({ chunks }: CalibrationLoad, seed: number) {
  const stream = {
    ...{ model: 'm', price: { input: 0, output: 0 }, accuracy: { default: 1 } },
    ...{ ttft, gap, chunk_tokens: 1, output_tokens: { default: chunks } },
  };
  return { seed, targets: { stream } };
}

interface Measuring {
  readonly load: CalibrationLoad;
  readonly seed: number;
  readonly signal: AbortSignal;
}

async function measure(
  url: string,
  { load, seed, signal }: Measuring,
): Promise<readonly MeasuredAnswer[]> {
  const { streams, answers } = load;
  const plan = planReplay({
    targets: [ownTarget(`${url}/stream/v1`, streams)],
    // All at once would measure how fast so many requests can be written.
    load: { concurrency: streams, maxInFlight: streams, ramp: warmup, warmup, deadline },
    seed,
  });
  const run = startReplay(plan, prompts, { process: 'own' });
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

async function* prompts(): AsyncGenerator<WorkloadRequest> {
  for (let index = 0; ; index++) {
    const body = { messages: [{ role: 'user', content: `stream ${index}` }] };
    yield { id: `s-${index}`, line: index + 1, metadata: {}, body, expect: [] };
  }
}

/** `arb bench --calibrate` without a workload: the error, and whether it is within what is stated. */
export async function calibrateAlone(options: BenchOptions, shell: Shell): Promise<ExitCode> {
  const load = calibrationLoad(streamsAsked(options));
  const calibration = await calibrate(load, { seed: options.seed, shell });
  if (!calibration) return exitCodes.interrupted;
  const faults = calibrationFaults(calibration);
  if (options.json) sayJson(shell.stdout, { ...calibration, invalid: faults });
  else for (const line of describe(calibration, faults)) say(shell.stdout, line);
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

function describe(calibration: Calibration, faults: readonly string[]): string[] {
  const columns = [
    { title: '|measured - true|', align: 'left' as const },
    ...['p50', 'p99', 'at most', 'max', 'n'].map((title) => ({ title })),
  ];
  const { ttft_error_ms, gap_error_ms, answers, limit_ms } = calibration;
  const rows = [
    { name: 'TTFT', of: ttft_error_ms },
    { name: 'gap between chunks', of: gap_error_ms },
  ].map(({ name, of }) => [
    name,
    ...[of.p50, of.p99, of.p99_upper, of.max].map(fine),
    String(of.n),
  ]);
  return [
    ...formatTable(columns, rows),
    `${answers} answers, ${streamsOf(calibration)} of 50 chunks/s; stated error ${duration(limit_ms)} at p99${faults.length === 0 ? ': within' : ''}`,
    ...faults.map((fault) => `NOT VALID: ${fault}`),
  ];
}

/** The calibration in one line, for the end of a run. */
export function calibrationLine(calibration: Calibration): string {
  const { ttft_error_ms, gap_error_ms, answers, limit_ms } = calibration;
  return `calibrated with ${streamsOf(calibration)}: |measured - true| p99 ${fine(ttft_error_ms.p99)} for TTFT, ${fine(gap_error_ms.p99)} for gaps (${answers} answers; stated error ${duration(limit_ms)})`;
}

function streamsOf({ streams, planned_streams }: Calibration): string {
  return `${streams} streams${streams === planned_streams ? '' : ` (planned: ${planned_streams})`}`;
}

const fine = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(2)} ms`);
