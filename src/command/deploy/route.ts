import { UsageError } from '../../errors.ts';
import { pickArm } from '../../policy/decide.ts';
import { type Explanation, explain } from '../../policy/explain.ts';
import type { Policy } from '../../policy/policy.ts';
import { parsePolicy } from '../../policy/write.ts';
import { readFeatures } from '../../workload/features.ts';
import { parseLine } from '../../workload/line.ts';
import type { Features } from '../../workload/request.ts';
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
  const { id, features } = parseRequest(request);
  const why = explain(policy, features);
  return { policy, target: pickArm(why.decision, policy.id, id), why };
}

function parseRequest(given: string): { id: string; features: Features } {
  const inline = given.trimStart().startsWith('{');
  const where = inline ? 'REQUEST' : given;
  const parsed = parseLine((inline ? given : readInput(given)).trim(), 1);
  if (parsed.state === 'request') {
    const { request } = parsed;
    return { id: request.session ?? request.id, features: readFeatures(request) };
  }
  const what = parsed.state === 'invalid' ? parsed.what : 'this is the header of a file';
  throw new UsageError(`${where}: ${what}. Give one workload line, e.g. '{"prompt":"Hi"}'.`);
}
