import { priceBill } from '../../../price/cost.ts';
import type { Target } from '../../../provider/target/target.ts';
import { tokens } from '../../../units.ts';
import { inputTokens } from '../../../workload/features.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';

/** An answer that nobody counted. */
const UNKNOWN_OUTPUT = 256;

/**
 * What asking a request once of every candidate comes to by list prices, with the recorded numbers of
 * tokens; without targets, what it cost when it was recorded. In USD.
 */
export function createForecast(
  targets: readonly Target[],
  at: Date,
): (request: WorkloadRequest) => number {
  const candidates = targets.filter(({ role }) => role === 'candidate');
  return ({ body, recorded }) => {
    if (candidates.length === 0) return recorded?.cost ?? 0;
    const usage = {
      inputTokens: recorded?.input_tokens ?? tokens(inputTokens(body)),
      outputTokens:
        recorded?.output_tokens ?? tokens(Math.min(UNKNOWN_OUTPUT, body.max_tokens ?? Infinity)),
    };
    return candidates.reduce(
      (sum, target) => sum + (priceBill({ target, usage, at }).cost ?? 0),
      0,
    );
  };
}
