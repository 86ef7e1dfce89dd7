import type { Gaps } from '../replay/event/event.ts';
import { statedErrorLimit } from '../replay/thread/self-check.ts';
import { ms } from '../units.ts';
import { createHistogram } from './histogram.ts';
import { type Percentiles, toPercentiles } from './percentiles.ts';

/** arb's own error, against the instants at which a server in another process wrote. */
export interface Calibration {
  /** When; ISO 8601. */
  readonly at: string;
  /** Answers measured at once, as the planned run has them in flight. */
  readonly streams: number;
  readonly planned_streams: number;
  readonly answers: number;
  /** |measured - true|. */
  readonly ttft_error_ms: ErrorSpread;
  readonly gap_error_ms: ErrorSpread;
  /** How far the server's own gaps were off their pace: what the machine does to any process. */
  readonly server_off_ms: ErrorSpread;
  /** The stated error: above it, at p99, the run is not to be believed. */
  readonly limit_ms: number;
}

export interface ErrorSpread {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  /** 95 % upper bound of the true p99; absent below 299 answers. */
  readonly p99_upper?: number;
  readonly max: number;
}

/** One answer as the server wrote it. */
export interface TrueAnswer {
  readonly client_request?: string;
  readonly received_epoch_ms: number;
  /** Of each content chunk. */
  readonly chunk_epoch_ms: readonly number[];
}

/** The same answer as arb measured it. */
export interface MeasuredAnswer {
  /** Sent to the server as `x-arb-request`. */
  readonly label: string;
  readonly ttft: number;
  /** In whole microseconds. */
  readonly gaps: Gaps;
}

export type OwnErrors = Pick<
  Calibration,
  'answers' | 'ttft_error_ms' | 'gap_error_ms' | 'server_off_ms'
>;

/** The fewest answers that carry a bound on the p99: .99^299 < .05. */
export const answersForP99 = 299;

/**
 * Compares answer by answer; `pace` is the gap in ms that the server was asked to keep. @throws Error where an answer has no counterpart, or another number of
 * chunks: then arb has not measured what was sent.
 */
export function ownErrors(
  measured: readonly MeasuredAnswer[],
  truths: readonly TrueAnswer[],
  pace: number,
): OwnErrors {
  const byLabel = new Map(
    truths.map((truth) => [decodeURIComponent(truth.client_request ?? ''), truth]),
  );
  const [ttft, gap, server] = [createHistogram(), createHistogram(), createHistogram()];
  for (const { label, ttft: seen, gaps } of measured) {
    const truth = byLabel.get(label);
    const [first] = truth?.chunk_epoch_ms ?? [];
    if (!truth || first === undefined) throw new Error(`${label}: the server wrote no such answer`);
    ttft.record(ms(Math.abs(seen - (first - truth.received_epoch_ms))));
    const written = gapsWritten(truth);
    if (gaps.length !== written.length) {
      throw new Error(`${label}: ${gaps.length} gaps measured, ${written.length} written`);
    }
    written.forEach((wrote, index) => {
      gap.record(ms(Math.abs((gaps[index] ?? Number.NaN) / 1_000 - wrote)));
      server.record(ms(Math.abs(wrote - pace)));
    });
  }
  return {
    answers: measured.length,
    ttft_error_ms: toSpread(toPercentiles(ttft)),
    // The gaps of one answer stall together: answers are counted, not gaps.
    gap_error_ms: toSpread(toPercentiles(gap, measured.length)),
    server_off_ms: toSpread(toPercentiles(server, measured.length)),
  };
}

const gapsWritten = ({ chunk_epoch_ms: chunks }: TrueAnswer) =>
  chunks.slice(1).map((at, index) => at - (chunks[index] ?? Number.NaN));

function toSpread(errors: Percentiles | undefined): ErrorSpread {
  if (!errors) throw new Error('nothing was compared');
  const { count, p50, p99, max } = errors;
  return {
    n: count,
    p50: p50.value,
    p99: p99.value,
    ...(p99.upper !== undefined && { p99_upper: p99.upper }),
    max,
  };
}

/** The calibration held against the fastest median TTFT that the run has measured. */
export function heldAgainst(calibration: Calibration, fastestTtft: number): Calibration {
  return { ...calibration, limit_ms: statedErrorLimit(fastestTtft) };
}

/** Every reason of a calibration begins so. */
export const calibrationSays = 'calibration: ';

/** What every reason of a calibration ends with. */
export const calibrationAdvice =
  'Lower the concurrency, or give arb a core of its own, and run again.';

/** Why the error that was found is too large to believe the run; empty = it is not. */
export function calibrationFaults(calibration: Calibration): string[] {
  const { streams, answers, limit_ms, ttft_error_ms, gap_error_ms, server_off_ms } = calibration;
  if (answers < answersForP99) {
    return [
      `${calibrationSays}only ${answers} of the ${answersForP99} answers came that a p99 takes. ${calibrationAdvice}`,
    ];
  }
  const figures = [
    { what: 'TTFT', p99: ttft_error_ms.p99 },
    { what: 'gaps', p99: gap_error_ms.p99 },
  ];
  return figures
    .filter(({ p99 }) => p99 > limit_ms)
    .map(
      ({ what, p99 }) =>
        `${calibrationSays}arb measured ${what} wrong by ${p99} ms at p99 with ${streams} streams (limit ${limit_ms}; the simulator itself was ${server_off_ms.p99} ms off its pace). ${calibrationAdvice}`,
    );
}
