import { answersForP99 } from '../../../measure/calibration.ts';
import type { ReplayPlan } from '../../../replay/load/plan.ts';
import { type Ms, ms } from '../../../units.ts';

/** What arb replays against its own simulator, some five seconds of it. */
export interface CalibrationLoad {
  /** Answers at once; more than planned where that is too few to measure in the time. */
  readonly streams: number;
  readonly planned: number;
  readonly chunks: number;
  /** Between two chunks of a stream, in ms. */
  readonly gap: number;
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

/** So many streams as the run will have, so many answers as a bound on the p99 takes. */
export function calibrationLoad(planned: number): CalibrationLoad {
  const streams = within(planned, streamLimits);
  const rounds = Math.ceil(answersForP99 / streams);
  // After the last answer that is wanted, those under way come to their end.
  const each = measuredFor / (rounds + 1);
  const chunks = within(Math.round((each - ttft.p50_ms) / gap), chunkLimits);
  return { streams, planned, chunks, gap, warmup, answers: answersForP99 };
}

const within = (value: number, { least, most }: { least: number; most: number }) =>
  Math.min(most, Math.max(least, value));

/** Taken of an open load, which has as many as its arrivals bring. */
const usualStreams = 8;

/** Requests that the run can have in flight. */
export function plannedStreams({ targets, load }: Pick<ReplayPlan, 'targets' | 'load'>): number {
  const places = targets.map(({ limits: { concurrency = Infinity } }) =>
    Math.min(load.concurrency ?? usualStreams, concurrency),
  );
  return Math.min(
    load.maxInFlight ?? Infinity,
    places.reduce((sum, each) => sum + each, 0),
  );
}

/** The market that `arb sim` is started with. */
export function toMarket({ chunks, gap }: CalibrationLoad, seed: number) {
  const stream = {
    model: 'm',
    price: { input: 0, output: 0 },
    accuracy: { default: 1 },
    ttft,
    gap,
    chunk_tokens: 1,
    output_tokens: { default: chunks },
  };
  return { seed, targets: { stream } };
}
