import type { PolicyTarget } from '../policy/policy.ts';
import type { PolicyDraft } from '../policy/write.ts';
import type { Recommendation } from './recommend.ts';

export interface DraftOptions {
  /** What a gateway needs to know of each target; a name that is not here stays bare. */
  readonly targets?: Readonly<Record<string, PolicyTarget>>;
  readonly taskFrom?: readonly string[];
  readonly sticky?: 'session';
  /** Facts of the run beside what was proved: `run`, `workload`, `load`, `prices`, `judges`, `arb`. */
  readonly evidence?: Readonly<Record<string, unknown>>;
}

const defaultTaskFrom = ['header:x-arb-task', 'metadata.task'];

/** The recommendation as a policy that lacks only its version and id: see `makePolicy`. */
export function draftPolicy(found: Recommendation, options: DraftOptions = {}): PolicyDraft {
  const rules = found.rules.map(({ name, when, use, require, fallback }) => ({
    name,
    ...(when && { when }),
    ...(require && { require }),
    use,
    fallback: [...fallback],
  }));
  const used = new Set(rules.flatMap(({ use, fallback }) => [use, ...fallback]));
  const conditions = new Set(rules.flatMap(({ when }) => Object.keys(when ?? {})));
  return {
    status: found.status,
    features: {
      ...(conditions.has('input_tokens') && { input_tokens: { bytes_per_token: 4 } }),
      ...(conditions.has('task') && { task: { from: [...(options.taskFrom ?? defaultTaskFrom)] } }),
    },
    ...(options.sticky && { sticky: options.sticky }),
    targets: Object.fromEntries(
      [...used].sort().map((name) => [name, options.targets?.[name] ?? {}]),
    ),
    on_failure: {
      retry: { max: 1, on: ['rate-limited', 'server-error'] },
      fallback_on: ['rate-limited', 'server-error', 'timeout', 'connect', 'context-overflow'],
      never_on: ['bad-request', 'content-filter', 'after-first-byte'],
    },
    rules,
    evidence: { ...evidenceOf(found), ...options.evidence },
  };
}

function evidenceOf(found: Recommendation): NonNullable<PolicyDraft['evidence']> {
  return {
    verdict: 'NOT TESTED',
    claim: found.floor.claims.join('; '),
    baseline: found.baseline.name,
    floor: found.floor.text,
    optimum: {
      cost_usd: found.inSample.costUsd,
      lower: found.bound.lowerUsd,
      gap: found.bound.gap,
      class: found.class,
    },
  };
}
