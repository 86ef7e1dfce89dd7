import { UsageError } from '../../errors.ts';
import { pickArm } from '../../policy/decide.ts';
import { type Explanation, explain } from '../../policy/explain.ts';
import type { Policy } from '../../policy/policy.ts';
import { resolveSession } from '../../policy/sources.ts';
import { parsePolicy } from '../../policy/write.ts';
import { readFeatures } from '../../workload/features.ts';
import { parseLine } from '../../workload/line.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import { readInput } from '../config/input.ts';

/** Which rule a request meets, and the target that it goes to. */
export interface RoutedRequest {
  readonly policy: Policy;
  readonly target: string;
  readonly why: Explanation;
}

/**
 * Routes one request: a workload line as JSON, or a file that holds one.
 *
 * @throws UsageError where it is neither.
 */
export function routeRequest(routes: string | Policy, request: string): RoutedRequest {
  const policy = typeof routes === 'string' ? parsePolicy(readInput(routes), routes) : routes;
  const line = parseRequest(request);
  const why = explain(policy, readFeatures(line));
  const bySession = policy.rules[why.decision.index]?.split?.by === 'session';
  const key = (bySession ? resolveSession(policy, line) : undefined) ?? line.id;
  return { policy, target: pickArm(why.decision, policy.id, key), why };
}

function parseRequest(given: string): WorkloadRequest {
  const inline = given.trimStart().startsWith('{');
  const where = inline ? 'REQUEST' : given;
  const parsed = parseLine((inline ? given : readInput(given)).trim(), 1);
  if (parsed.state === 'request') return parsed.request;
  const what = parsed.state === 'invalid' ? parsed.what : 'this is the header of a file';
  throw new UsageError(`${where}: ${what}. Give one workload line, e.g. '{"prompt":"Hi"}'.`);
}
