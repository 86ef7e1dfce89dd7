import { HistogramLogWriter } from 'hdr-histogram-js';
import type { Ms } from '../units.ts';
import type { Histogram } from './histogram.ts';

/** One distribution of a log. */
export interface HlogEntry {
  readonly tag: string;
  readonly histogram: Histogram;
  /** Length of the interval it was recorded in. */
  readonly span: Ms;
}

/** The log's own "interval max" column is in milliseconds; the values inside are microseconds. */
const microsPerMs = 1_000;

/**
 * Distributions as HdrHistogram log text (format 1.3, V2 encoding), one tagged line each, readable
 * by any HdrHistogram tool. `startedAt` is milliseconds since the epoch.
 */
export function encodeHlog(entries: readonly HlogEntry[], startedAt: number): string {
  const lines: string[] = [];
  const writer = new HistogramLogWriter((text) => lines.push(text));
  writer.outputLogFormatVersion();
  writer.outputComment('[values in microseconds, interval max in milliseconds]');
  writer.outputStartTime(startedAt);
  writer.outputLegend();
  for (const { tag, histogram, span } of entries) {
    if (histogram.count() === 0) continue;
    histogram.hdr.tag = tag.replaceAll(/[,\s]/g, '_');
    writer.outputIntervalHistogram(histogram.hdr, 0, span / 1_000, microsPerMs);
  }
  return lines.join('');
}
