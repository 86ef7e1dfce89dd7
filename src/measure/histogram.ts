import { build, type Histogram as Hdr } from 'hdr-histogram-js';
import { type Ms, microsToMs, msToMicros } from '../units.ts';

/** A distribution of durations, kept in whole microseconds to three significant digits (or two). */
export interface Histogram {
  readonly hdr: Hdr;
  record(duration: Ms): void;
  recordMicros(duration: number): void;
  count(): number;
  mean(): Ms;
  max(): Ms;
  /** `percent` from 0 to 100. */
  at(percent: number): Ms;
}

/** Longer than any attempt may take: an hour. The histogram grows if one does. */
const longest = 3_600_000_000;

export function createHistogram(digits: 2 | 3 = 3): Histogram {
  const hdr = build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: longest,
    numberOfSignificantValueDigits: digits,
  });
  return {
    hdr,
    // hdr-histogram-js floors what it is given, so rounding comes first.
    record: (duration) => hdr.recordValue(Math.max(0, msToMicros(duration))),
    recordMicros: (duration) => hdr.recordValue(duration),
    count: () => hdr.totalCount,
    mean: () => microsToMs(hdr.mean),
    max: () => microsToMs(hdr.maxValue),
    at: (percent) => microsToMs(hdr.getValueAtPercentile(percent)),
  };
}
