import { UsageError } from '../../errors.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import type { Policy } from '../../policy/policy.ts';
import { formatPolicy, parsePolicy } from '../../policy/write.ts';
import { readInput } from '../config/input.ts';
import type { RecommendRequest } from './decision-request.ts';
import { commentRules } from './rule-comments.ts';

/** What is to be in force after a decision. */
export type InForce =
  | {
      /** `new` differs from what runs; `same` is what runs; `baseline` is what it is compared with. */
      readonly kind: 'new' | 'same' | 'baseline';
      readonly policy: Policy;
      /** The text of routes.yaml; of a file that stays in force its own bytes. */
      readonly text: string;
    }
  | { readonly kind: 'none'; readonly why: string };

/** A policy file as it stands. */
export interface PolicyFile {
  readonly policy: Policy;
  readonly text: string;
}

/** Reads the policy in force. @throws UsageError where it is empty, as a shell leaves it behind `>`. */
export function readCurrent({ current }: RecommendRequest): PolicyFile | undefined {
  if (current === undefined) return undefined;
  if (typeof current !== 'string') {
    return { policy: current.policy, text: formatPolicy(current.policy) };
  }
  const text = readInput(current);
  if (text.trim() === '') {
    throw new UsageError(
      `${current}: the file is empty. A shell empties the file behind ">" before arb can read it: write with --out ${current}.`,
    );
  }
  return { policy: parsePolicy(text, current), text };
}

/**
 * A policy that passed goes into force. Where none did, what runs stays, byte for byte, its status
 * included; else the baseline, where it can be said as a policy.
 */
export function chooseInForce(
  found: Recommendation,
  policy: Policy,
  current: PolicyFile | undefined,
): InForce {
  const unchanged =
    found.status === 'keep-current' || found.keep || policy.id === current?.policy.id;
  if (current && unchanged) return { kind: 'same', ...current };
  if (found.status !== 'keep-current') {
    const comments = commentRules(found.rules, policy.targets);
    return { kind: 'new', policy, text: formatPolicy(policy, comments) };
  }
  const unnamed = policy.rules.some(({ use }) => use === RECORDED);
  if (!unnamed) return { kind: 'baseline', policy, text: formatPolicy(policy) };
  return {
    kind: 'none',
    why: 'what the log used is no target of arb.yaml, so that there is no policy to write. Name the policy in force with --current',
  };
}
