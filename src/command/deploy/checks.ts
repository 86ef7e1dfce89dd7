import type { Readable } from 'node:stream';
import { decide } from '../../policy/decide.ts';
import type { Policy } from '../../policy/policy.ts';
import { resolveSession } from '../../policy/sources.ts';
import type { ReplayedRequest } from '../../verify/verify.ts';
import { readFeatures } from '../../workload/features.ts';
import { widestReadingLimits } from '../../workload/limits.ts';
import { readWorkload } from '../../workload/read.ts';
import { openWorkload } from '../measure/workload-file.ts';

/** The requests of a workload that are sent. */
export interface Checks {
  /** The first so many. */
  readonly landing: readonly ReplayedRequest[];
  /** The first that meets each rule, from the whole workload. */
  readonly drilling: readonly ReplayedRequest[];
}

/** Where the requests come from: a file, a log, a pipe, or `-` for `stdin`. */
export interface CheckSource {
  readonly workload: string;
  readonly skipInvalid: boolean;
  readonly stdin: Readable | undefined;
}

/** @throws UsageError where there is no request in the workload. */
export async function readChecks(
  { workload, ...source }: CheckSource,
  most: number,
  policy: Policy,
): Promise<Checks> {
  // There is no arb.yaml here that could say how much is read.
  const limits = widestReadingLimits;
  const { survey, release } = await openWorkload(workload, { ...source, limits });
  try {
    return await pickChecks(survey.file, most, policy);
  } finally {
    release();
  }
}

async function pickChecks(file: string, most: number, policy: Policy): Promise<Checks> {
  const landing: ReplayedRequest[] = [];
  const byRule = new Map<string, ReplayedRequest>();
  for await (const request of readWorkload(file, widestReadingLimits)) {
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
