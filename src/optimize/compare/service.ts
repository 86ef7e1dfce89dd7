import { type OutcomeVector, sourceAt, weightOf } from '../../outcome/outcome-vector.ts';
import { type OutcomeTable, statuses } from '../../outcome/table.ts';
import { quantileEstimate } from '../../statistics/quantile.ts';
import { at } from '../rows/at.ts';

/** What users meet beside the quality of the answers. Of these rows, no claim about others. */
export interface ServiceFigures {
  /** Share of the requests that failed after every retry, 0 to 1. */
  readonly failedShare: number;
  /** Milliseconds to the first token. */
  readonly ttftMs: TimePercentiles;
  /** Milliseconds to the last token. */
  readonly latencyMs: TimePercentiles;
}

/** Absent where the rows are too few to carry them, are weighted, or have no one target each. */
export interface TimePercentiles {
  readonly p50?: number;
  readonly p99?: number;
}

const times = ['ttft', 'latency'] as const;

/** Failures and times of a way to serve every row; times are those of the first pass. */
export function measureService(table: OutcomeTable, vector: OutcomeVector): ServiceFigures {
  const [ttftMs, latencyMs] = times.map((metric) => findPercentiles(table, vector, metric));
  return {
    failedShare: measureFailed(table, vector),
    ttftMs: ttftMs ?? {},
    latencyMs: latencyMs ?? {},
  };
}

/** What all traffic meets when a share of it follows one way and the rest another. */
export function mixService(
  one: ServiceFigures,
  other: ServiceFigures,
  share: number,
): ServiceFigures {
  if (share === 1) return one;
  const failedShare = share * one.failedShare + (1 - share) * other.failedShare;
  return { failedShare, ttftMs: {}, latencyMs: {} };
}

function measureFailed(table: OutcomeTable, { status }: OutcomeVector): number {
  let [failed, total] = [0, 0];
  for (let row = 0; row < table.rows; row++) {
    const weight = weightOf(table, row);
    total += weight;
    if (status[row] === statuses.failed) failed += weight;
  }
  return total > 0 ? failed / total : 0;
}

function findPercentiles(
  table: OutcomeTable,
  vector: OutcomeVector,
  metric: (typeof times)[number],
): TimePercentiles {
  if (table.weight) return {};
  const found = new Float32Array(table.rows);
  let timed = 0;
  for (let row = 0; row < table.rows; row++) {
    const source = sourceAt(vector, row);
    const pass = (source < 0 ? vector : table.columns[source])?.[metric][0];
    if (!pass) return {};
    const time = at(pass, row);
    if (Number.isFinite(time)) found[timed++] = time;
  }
  const sorted = found.subarray(0, timed).sort();
  const [p50, p99] = [0.5, 0.99].map((share) => quantileEstimate(sorted, share)?.estimate);
  return { ...(p50 !== undefined && { p50 }), ...(p99 !== undefined && { p99 }) };
}
