import type { PolicyTarget } from '../policy/policy.ts';
import type { PolicyDraft } from '../policy/write.ts';
import { toRecord } from '../record.ts';
import type { Recommendation } from './recommendation.ts';

export interface DraftOptions {
  /** What a gateway needs to know of each target; a name that is not here stays bare. */
  readonly targets?: Readonly<Record<string, PolicyTarget>>;
  readonly taskFrom?: readonly string[];
  readonly sticky?: 'session';
  /** Facts of the run beside what was proved: `run`, `workload`, `load`, `prices`, `judges`, `arb`. */
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/** Where a request says its session, by which it keeps to its arm. */
const sessionFrom = ['header:x-arb-session', 'metadata.session'];
const defaultTaskFrom = ['header:x-arb-task', 'metadata.task'];

/** The recommendation as a policy that lacks only its version and id: see `makePolicy`. */
export function draftPolicy(found: Recommendation, options: DraftOptions = {}): PolicyDraft {
  const evidence = { ...collectEvidence(found), ...options.evidence };
  if (found.keep) {
    const { version: _, id: __, edited: ___, ...kept } = found.keep;
    return { ...kept, status: found.status, evidence };
  }
  const rules = found.rules.map(({ name, when, use, require, fallback }) => ({
    name,
    ...(when && { when }),
    ...(require && { require }),
    ...primary(use, found),
    fallback: [...fallback],
  }));
  const used = new Set(found.rules.flatMap(({ use, fallback }) => [use, ...fallback]));
  if (found.certificate?.arm) used.add(found.baseline.name);
  const conditions = new Set(rules.flatMap(({ when }) => Object.keys(when ?? {})));
  return {
    status: found.status,
    features: {
      ...(conditions.has('input_tokens') && { input_tokens: { bytes_per_token: 4 } }),
      ...(conditions.has('task') && { task: { from: [...(options.taskFrom ?? defaultTaskFrom)] } }),
      ...(found.certificate?.arm?.by === 'session' && { session: { from: [...sessionFrom] } }),
    },
    ...(options.sticky && { sticky: options.sticky }),
    targets: toRecord([...used].sort().map((name) => [name, own(options.targets, name) ?? {}])),
    on_failure: {
      retry: { max: 1, on: ['rate-limited', 'server-error'] },
      fallback_on: ['rate-limited', 'server-error', 'timeout', 'connect', 'context-overflow'],
      never_on: ['bad-request', 'content-filter', 'after-first-byte'],
    },
    rules,
    evidence,
  };
}

/**
 * Where a rule sends requests first. Where only an arm of the sessions was certified, the rest stays
 * with the baseline, the same sessions in every rule.
 */
function primary(
  use: string,
  { certificate, baseline }: Recommendation,
): Pick<PolicyDraft['rules'][number], 'use' | 'split'> {
  const arm = certificate?.arm;
  if (!arm || use === baseline.name) return { use };
  const percent = Math.round(100 * arm.share);
  const to = [
    { target: use, weight: percent },
    { target: baseline.name, weight: 100 - percent },
  ];
  return { split: { by: arm.by, salt: arm.salt, to } };
}

function collectEvidence(found: Recommendation): NonNullable<PolicyDraft['evidence']> {
  const { certificate, infeasible, notFound, inSample, bound } = found;
  const { saving } = certificate ?? {};
  const unknown = found.findings.flatMap(({ kind, text }) =>
    kind === 'cost-unknown' ? [text] : [],
  );
  return {
    verdict: certificate?.verdict ?? 'NOT TESTED',
    claim: certificate?.claim ?? found.floor.claims.join('; '),
    ...(certificate && {
      alpha: certificate.alpha,
      n: certificate.parts.certify,
      units: certificate.units,
      split_salt: certificate.splitSalt,
      // From the fourth on the error is divided by their number.
      ...(certificate.looks > 3 && { looks: certificate.looks }),
    }),
    ...(certificate?.arm && { arm: { share: certificate.arm.share, salt: certificate.arm.salt } }),
    ...found.fingerprint,
    // The rules of a policy that is kept are not those that were measured here.
    mix: found.keep ? { ...found.mix, rules: {} } : found.mix,
    baseline: found.baseline.name,
    floor: found.floor.text,
    ...(saving && {
      saving: {
        estimate: share(saving.estimate),
        low: share(saving.low),
        high: share(saving.high),
      },
    }),
    ...(unknown.length > 0 && { cost_unknown: unknown }),
    ...(notFound && { not_found: notFound.text }),
    ...(infeasible
      ? { infeasible: infeasible.text }
      : {
          optimum: {
            cost_usd: nano(inSample.costUsd),
            lower: nano(bound.lowerUsd),
            gap: share(bound.gap),
            class: found.class,
          },
        }),
  };
}

/** Four digits: more would be noise, and the same in any order of sums. */
function share(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function nano(costUsd: number): number {
  return Math.round(costUsd * 1e9) / 1e9;
}

const own = (targets: DraftOptions['targets'], name: string) =>
  targets && Object.hasOwn(targets, name) ? targets[name] : undefined;
