import { statSync } from 'node:fs';
import { WorkloadError } from '../../errors.ts';
import type { Volume } from '../../report/text/verdict.ts';
import type { ReadingLimits } from '../../workload/limits.ts';
import { readWorkload } from '../../workload/read.ts';
import { toRunLimits } from '../config/run-limits.ts';
import type { DecisionSources } from './sources.ts';

/** What the log itself says, beside what was measured on it. */
export interface LogFacts {
  /** From the first request to the last, where the lines have instants. */
  readonly spanMs?: number;
  readonly requests: number;
  /** Targets that answered then, as the log names them. */
  readonly recordedTargets: readonly string[];
}

/** A month of 30.4 days, the mean over a year. */
const MONTH_MS = (365.25 / 12) * 86_400_000;
/** A larger log takes longer to read than the decision takes. */
const MOST_BYTES = 512 * 1024 ** 2;
/** A shorter recording says nothing about a month: the day has its hours. */
const LEAST_SPAN_MS = 3_600_000;

/** Reads the workload of the first run, where it is still there. */
export async function readLogFacts({ runs }: DecisionSources): Promise<LogFacts | undefined> {
  const manifest = runs[0]?.manifest;
  const file = manifest?.workload.file;
  const bytes = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.size;
  if (manifest === undefined || file === undefined || bytes === undefined || bytes > MOST_BYTES)
    return undefined;
  try {
    return await readFacts(file, toRunLimits(manifest));
  } catch (error) {
    // It has changed since: what it says now is not what was measured.
    if (error instanceof WorkloadError) return undefined;
    throw error;
  }
}

async function readFacts(file: string, limits: ReadingLimits): Promise<LogFacts> {
  let [requests, first, last] = [0, Infinity, -Infinity];
  const targets = new Set<string>();
  for await (const { at, recorded } of readWorkload(file, limits)) {
    requests += 1;
    if (at !== undefined) [first, last] = [Math.min(first, at), Math.max(last, at)];
    if (recorded?.target !== undefined) targets.add(recorded.target);
  }
  const spanMs = last - first;
  return {
    requests,
    recordedTargets: [...targets].sort(),
    ...(spanMs > 0 && Number.isFinite(spanMs) && { spanMs }),
  };
}

/** The volume of a month as said, else as the log shows it, else 1,000 requests. */
export function findVolume(said: number | undefined, log: LogFacts | undefined): Volume {
  if (said !== undefined) return { requests: said, per: 'month', from: 'request' };
  if (log?.spanMs !== undefined && log.spanMs >= LEAST_SPAN_MS) {
    const requests = Math.round((log.requests * MONTH_MS) / log.spanMs);
    return {
      requests,
      per: 'month',
      from: 'log',
      log: { requests: log.requests, spanMs: log.spanMs },
    };
  }
  return { requests: 1_000, per: '1000 requests' };
}
