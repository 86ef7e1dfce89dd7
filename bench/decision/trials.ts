import { draftPolicy } from '../../src/optimize/draft.ts';
import { policyVector } from '../../src/optimize/problem/policy-vector.ts';
import type { Recommendation } from '../../src/optimize/recommendation.ts';
import { meanCost, meanQuality, targetVector } from '../../src/outcome/outcome-vector.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { makePolicy } from '../../src/policy/write.ts';

/** What was proposed on one draw, by what it does on the whole population. */
export interface DrawOutcome {
  /** Of the baseline's cost; 0 where nothing is proposed. */
  readonly saving: number;
  readonly proposed: boolean;
  readonly broken: boolean;
}

export const nothing: DrawOutcome = { saving: 0, proposed: false, broken: false };

/** A claim: by so much may the mean quality lie below that of the target named. */
export interface Claim {
  readonly baseline: string;
  readonly margin: number;
}

/** What a policy does on every row of the population. A floor that is met exactly is met. */
export function tryPolicy(population: OutcomeTable, policy: Policy, claim: Claim): DrawOutcome {
  const vector = policyVector(population, { name: 'policy', policy });
  const baseline = targetVector(population, population.targets.indexOf(claim.baseline));
  const change = meanQuality(vector, population) - meanQuality(baseline, population);
  return {
    saving: 1 - meanCost(vector, population) / meanCost(baseline, population),
    proposed: true,
    // Sums of shares differ in their last digits.
    broken: change < -claim.margin - 1e-9,
  };
}

/** What arb certified, tried on the population. */
export function tryCertified(
  population: OutcomeTable,
  found: Recommendation,
  margin: number,
): DrawOutcome {
  if (found.status !== 'certified') return nothing;
  return tryPolicy(population, makePolicy(draftPolicy(found)), {
    baseline: found.baseline.name,
    margin,
  });
}

export interface TrialSummary {
  readonly draws: number;
  readonly proposed: number;
  readonly broken: number;
  readonly median: number;
  readonly mean: number;
}

/** Counts and savings over all draws, those without a proposal at 0. */
export function summarise(trials: readonly DrawOutcome[]): TrialSummary {
  const savings = trials.map(({ saving }) => saving).sort((a, b) => a - b);
  return {
    draws: trials.length,
    proposed: trials.filter(({ proposed }) => proposed).length,
    broken: trials.filter(({ broken }) => broken).length,
    median: savings[Math.floor(trials.length / 2)] ?? 0,
    mean: savings.reduce((sum, value) => sum + value, 0) / trials.length,
  };
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}`.padStart(6);
}
