import type { Features } from '../workload/request.ts';
import { type Decision, decide, matches } from './decide.ts';
import type { Policy, When } from './policy.ts';
import { resolveFeatures } from './sources.ts';

/** Why a request goes where it goes: each rule up to the one that matched, and what it asked. */
export interface Explanation {
  readonly decision: Decision;
  readonly features: Features;
  readonly rules: readonly {
    readonly name: string;
    readonly matched: boolean;
    readonly why: string;
  }[];
}

/** Walks the rules as `decide` does and says of each why it matched or did not. */
export function explain(policy: Policy, request: Features): Explanation {
  const features = resolveFeatures(policy, request);
  const decision = decide(policy, features);
  const rules = policy.rules.slice(0, decision.index + 1).map((rule) => ({
    name: rule.name,
    matched: matches(rule.when, features),
    why: describeRule(rule.when, features),
  }));
  return { decision, features, rules };
}

function describeRule(when: When | undefined, features: Features): string {
  if (when === undefined) return 'takes every other request';
  return Object.entries(when)
    .map(([key, condition]) => {
      const value = features[key];
      const wanted = describeCondition(key, condition);
      const holds = matches({ [key]: condition } as When, features);
      if (holds) return `${wanted}: yes`;
      return `${wanted}: no, it is ${value === undefined ? 'absent' : String(value)}`;
    })
    .join(', ');
}

/** One condition as a phrase: `task is summarize`, `input_tokens below 4000`. */
export function describeCondition(key: string, condition: object | boolean | undefined): string {
  if (typeof condition === 'boolean') return condition ? key : `no ${key}`;
  if (Array.isArray(condition)) return `${key} is ${condition.join(' or ')}`;
  const { gte, lt } = condition as { gte?: number; lt?: number };
  if (gte !== undefined && lt !== undefined) return `${key} from ${gte} to below ${lt}`;
  return gte === undefined ? `${key} below ${lt}` : `${key} from ${gte}`;
}
