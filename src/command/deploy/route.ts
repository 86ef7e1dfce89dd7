import { statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { UsageError } from '../../errors.ts';
import { pickArm } from '../../policy/decide.ts';
import { type Explanation, explain } from '../../policy/explain.ts';
import type { Policy } from '../../policy/policy.ts';
import { resolveSession } from '../../policy/sources.ts';
import { parsePolicy, policyNotices } from '../../policy/write.ts';
import { isCompressed } from '../../table/bytes.ts';
import { readFeatures } from '../../workload/features.ts';
import { widestReadingLimits } from '../../workload/limits.ts';
import { parseLine } from '../../workload/line.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import { readInput, readInputBytes } from '../config/input.ts';
import { openWorkload } from '../measure/workload-file.ts';

/** Which rule a request meets, and the target that it goes to. */
export interface RoutedRequest {
  readonly id: string;
  readonly target: string;
  readonly why: Explanation;
}

/** A policy, and what it does to each request. */
export interface RoutedRequests {
  readonly policy: Policy;
  readonly routed: readonly RoutedRequest[];
  /** What is to be said of the policy itself. */
  readonly notices: readonly string[];
}

/** Requests as text, with a name for errors. */
export interface RequestText {
  readonly name: string;
  readonly text: string;
}

/**
 * Routes requests without sending them: workload lines or bare chat bodies, one or many.
 *
 * @param requests JSON, a file that holds it, or a text that was read from elsewhere
 * @throws UsageError naming the line that is neither
 */
export function routeRequests(
  routes: string | Policy,
  requests: string | RequestText,
): RoutedRequests {
  const policy = typeof routes === 'string' ? parsePolicy(readInput(routes), routes) : routes;
  const given = typeof requests === 'string' ? readText(requests) : requests;
  const routed = parseRequests(given).map((request): RoutedRequest => {
    const why = explain(policy, readFeatures(request));
    const bySession = policy.rules[why.decision.index]?.split?.by === 'session';
    const unit = (bySession ? resolveSession(policy, request) : undefined) ?? request.id;
    return { id: request.id, target: pickArm(why.decision, policy.id, unit), why };
  });
  return { policy, routed, notices: policyNotices(policy) };
}

/**
 * What a user named as requests: JSON, a file of lines or chat bodies, or what `arb bench` would read,
 * such as a log or a compressed file; `-` is standard input.
 *
 * @throws UsageError where it is none of these
 */
export async function readRequestText(given: string, stdin: Readable): Promise<RequestText> {
  if (isInline(given)) return readText(given);
  const isFile = given !== '-' && (statSync(given, { throwIfNoEntry: false })?.isFile() ?? true);
  // What is no file is read once only.
  const bytes = given === '-' ? await buffer(stdin) : readInputBytes(given);
  const plain = { name: given === '-' ? 'stdin' : given, text: bytes.toString('utf8') };
  if (isReadable(plain)) return plain;
  try {
    const { survey, release } = await openWorkload(isFile ? given : '-', {
      stdin: Readable.from([bytes]),
      skipInvalid: false,
      limits: widestReadingLimits,
    });
    try {
      return { name: plain.name, text: readInput(survey.file) };
    } finally {
      release();
    }
  } catch (error) {
    // The plain text says more of a line that is nearly right.
    if (error instanceof UsageError && !isCompressed(bytes)) return plain;
    throw error;
  }
}

const isInline = (given: string) => given.trimStart().startsWith('{');

function isReadable(given: RequestText): boolean {
  try {
    return parseRequests(given).length > 0;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

function readText(given: string): RequestText {
  return isInline(given)
    ? { name: 'REQUEST', text: given }
    : { name: given, text: readInput(given) };
}

/** One JSON value over any number of lines, or one a line. */
function parseRequests({ name, text }: RequestText): WorkloadRequest[] {
  const whole = parseJson(text);
  const values = whole === undefined ? text.split('\n') : [JSON.stringify(whole)];
  const requests = values.flatMap((line, at) => {
    if (line.trim() === '') return [];
    const parsed = parseLine(toWorkloadLine(line), at + 1, widestReadingLimits);
    if (parsed.state === 'header') return [];
    if (parsed.state === 'request') return [parsed.request];
    throw new UsageError(
      `${name}:${at + 1}: ${parsed.what.replace(/\.$/, '')}. Give workload lines or chat bodies, e.g. '{"prompt":"Hi"}'.`,
    );
  });
  if (requests.length > 0) return requests;
  throw new UsageError(`${name}: there is no request in it. Give one, e.g. '{"prompt":"Hi"}'.`);
}

/** A chat body, as a client sends it to a gateway, is the request of a line. */
function toWorkloadLine(line: string): string {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null || !('messages' in value)) return line;
  const { metadata, stream: _, ...request } = value as Readonly<Record<string, unknown>>;
  return JSON.stringify({ request, ...(metadata !== undefined && { metadata }) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
