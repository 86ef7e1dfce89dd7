import type { WorkloadRequest } from '../workload/request.ts';
import type { AnswerRow, ReferenceState } from './panel/comparison.ts';

/** Where the fixed answers come from. */
export interface ReferenceSources {
  readonly requests: ReadonlyMap<string, WorkloadRequest>;
  readonly rows: readonly AnswerRow[];
  /** `recorded`, or the name of a target. */
  readonly baseline: string;
  readonly makerOf: (target: string) => string;
  /** Requests on which the baseline failed: any answer is better than none. */
  readonly failed?: ReadonlySet<string>;
}

/** The answer that all others of a request are compared with: the baseline's first, or the log's. */
export function findReferences(sources: ReferenceSources): (requestId: string) => ReferenceState {
  const { requests, rows, baseline, makerOf, failed } = sources;
  if (baseline === 'recorded') {
    return (id) => {
      const { answer, target = 'recorded' } = requests.get(id)?.recorded ?? {};
      return answer === undefined ? undefined : { answer, target, maker: makerOf(target) };
    };
  }
  const first = new Map<string, AnswerRow>();
  for (const row of rows) {
    const known = first.get(row.request_id);
    if (row.target !== baseline || (known && known.pass <= row.pass)) continue;
    first.set(row.request_id, row);
  }
  return (id) => {
    const row = first.get(id);
    if (!row) return failed?.has(id) ? 'failed' : undefined;
    const { answer, tool_calls, target, pass } = row;
    const calls = tool_calls && { tool_calls };
    return { answer, ...calls, target, pass, maker: makerOf(target) };
  };
}
