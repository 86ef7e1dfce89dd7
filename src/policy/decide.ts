import { createHash } from 'node:crypto';
import type { Features } from '../workload/request.ts';
import type { Policy, Rule, TokenRange, When } from './policy.ts';
import { resolveFeatures } from './sources.ts';

/** Where a request goes: the first rule that matches, and what that rule says. */
export interface Decision {
  readonly rule: string;
  /** 0-based place in the list. */
  readonly index: number;
  /** Where it is sent first: one target, or the arms of a split with weights that sum to 1. */
  readonly primaries: readonly WeightedTarget[];
  /** What draws the arm of a split, where the policy says it. */
  readonly salt?: string;
  readonly fallback: readonly string[];
  readonly timeouts?: Rule['timeouts'];
  readonly require?: Rule['require'];
}

export interface WeightedTarget {
  readonly target: string;
  readonly share: number;
}

/** The first rule that the features meet; the last has no condition, so there is always one. Pure. */
export function decide(policy: Policy, features: Features): Decision {
  const seen = resolveFeatures(policy, features);
  const index = policy.rules.findIndex((rule) => matches(rule.when, seen));
  const rule = policy.rules[index];
  if (!rule) throw new RangeError('a parsed policy ends in a rule without conditions');
  return {
    rule: rule.name,
    index,
    primaries: toArms(rule),
    ...(rule.split?.salt !== undefined && { salt: rule.split.salt }),
    fallback: rule.fallback,
    ...(rule.timeouts && { timeouts: rule.timeouts }),
    ...(rule.require && { require: rule.require }),
  };
}

/** All conditions hold; a feature that is absent meets no condition. */
export function matches(when: When | undefined, features: Features): boolean {
  return Object.entries(when ?? {}).every(([key, condition]) =>
    condition === undefined ? true : meets(features[key], condition),
  );
}

type Condition = string[] | TokenRange | boolean;

function meets(value: Features[string] | undefined, condition: Condition): boolean {
  if (value === undefined) return false;
  if (typeof condition === 'boolean') return value === condition;
  if (Array.isArray(condition)) return condition.includes(String(value));
  return typeof value === 'number' && inRange(value, condition);
}

function inRange(value: number, range: TokenRange): boolean {
  return value >= (range.gte ?? Number.NEGATIVE_INFINITY) && value < (range.lt ?? Infinity);
}

/** The targets a rule sends to first, each with its share. */
export function toArms(rule: Rule): WeightedTarget[] {
  if (rule.use !== undefined) return [{ target: rule.use, share: 1 }];
  const arms = rule.split?.to ?? [];
  const total = arms.reduce((sum, arm) => sum + arm.weight, 0);
  return arms.map((arm) => ({ target: arm.target, share: arm.weight / total }));
}

/**
 * The arm of a split for one key (the session, or the request's id): the same key gets the same arm
 * wherever the policy is read. With a salt the draw depends on salt and key alone, so that who is in
 * at 40 % stays in at 50 %, whatever else changes; without one on policy, rule and key.
 */
export function pickArm(decision: Decision, policyId: string, key: string): string {
  const { primaries, rule, salt } = decision;
  const draw =
    salt === undefined ? fraction(`${policyId}\n${rule}\n${key}`) : drawFraction(salt, key);
  let reached = 0;
  for (const arm of primaries) {
    reached += arm.share;
    if (draw < reached) return arm.target;
  }
  return primaries.at(-1)?.target ?? '';
}

/** Where a key lies between 0 and 1: sha256(salt, newline, key), its first 32 bits as a fraction. */
export function drawFraction(salt: string, key: string): number {
  return fraction(`${salt}\n${key}`);
}

function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
