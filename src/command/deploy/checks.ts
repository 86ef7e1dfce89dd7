import { decide } from '../../policy/decide.ts';
import type { Policy } from '../../policy/policy.ts';
import { resolveSession } from '../../policy/sources.ts';
import type { ReplayedRequest } from '../../verify/verify.ts';
import { readFeatures } from '../../workload/features.ts';
import { widestReadingLimits } from '../../workload/limits.ts';
import { readWorkload, refuseInvalid, surveyWorkload } from '../../workload/read.ts';

/** The requests of a workload that are sent. */
export interface Checks {
  /** The first so many. */
  readonly landing: readonly ReplayedRequest[];
  /** The first that meets each rule, from the whole workload. */
  readonly drilling: readonly ReplayedRequest[];
}

export async function readChecks(workload: string, most: number, policy: Policy): Promise<Checks> {
  // There is no arb.yaml here that could say how much is read.
  const limits = widestReadingLimits;
  refuseInvalid(await surveyWorkload(workload, { limits }));
  const landing: ReplayedRequest[] = [];
  const byRule = new Map<string, ReplayedRequest>();
  for await (const request of readWorkload(workload, limits)) {
    const { id, body } = request;
    const session = resolveSession(policy, request);
    const features = readFeatures(request);
    const check = { id, features, body, ...(session !== undefined && { session }) };
    if (landing.length < most) landing.push(check);
    const { rule } = decide(policy, features);
    if (!byRule.has(rule)) byRule.set(rule, check);
    if (landing.length === most && byRule.size === policy.rules.length) break;
  }
  return { landing, drilling: [...byRule.values()] };
}
