import { UsageError } from '../../../errors.ts';
import { pairsNeeded } from '../../../statistics/sample-size.ts';
import { type Drawn, type DrawOptions, drawUnits } from '../../../workload/sample/draw.ts';
import type { Frame } from '../../../workload/sample/frame.ts';

/** How large a sample is to be. */
export type SampleGoal =
  | { readonly kind: 'requests'; readonly requests: number }
  /** Most that asking it once may cost, in USD. */
  | { readonly kind: 'max-usd'; readonly maxUsd: number }
  /** Enough to certify a change of quality within the margin, at the share of requests that differ. */
  | { readonly kind: 'for-margin'; readonly margin: number; readonly discordant?: number };

/** Pairs on which a cheap target and a strong one differ, for planning: about one in ten. */
const PLANNED_DISCORDANT = 0.1;
/** The share of the units that certifies; the rest is what a policy is chosen on. */
const CERTIFY_SHARE = 0.6;
/** A sample that is short of units is drawn again larger, at most so often. */
const MOST_DRAWS = 5;

/** A sample and what asking it comes to. */
export interface Found {
  readonly drawn: Drawn;
  readonly costUsd: number;
}

/** Draws until a goal is met. */
export interface Drawing {
  readonly neededUnits: number | undefined;
  next(): Found;
  /** Whether the last sample, which has so many units, is too small and a larger one can be drawn. */
  wantsMore(units: number): boolean;
}

/** @throws UsageError where nothing has the price that the goal is given in. */
export function drawFor(
  frame: Frame,
  goal: SampleGoal,
  options: Omit<DrawOptions, 'share'>,
): Drawing {
  const neededUnits = goal.kind === 'for-margin' ? unitsFor(goal) : undefined;
  let share = shareFor(frame, goal, neededUnits);
  let draws = 0;
  return {
    neededUnits,
    next() {
      draws += 1;
      let found = draw(frame, share, options);
      while (goal.kind === 'max-usd' && found.costUsd > goal.maxUsd && found.drawn.size > 1) {
        share *= (0.99 * goal.maxUsd) / found.costUsd;
        found = draw(frame, share, options);
      }
      return found;
    },
    wantsMore(units) {
      const missing = neededUnits !== undefined && units < neededUnits;
      if (!missing || share >= 1 || draws >= MOST_DRAWS) return false;
      share = Math.min(1, (share * 1.02 * (neededUnits ?? 0)) / Math.max(1, units));
      return true;
    },
  };
}

function draw(frame: Frame, share: number, options: Omit<DrawOptions, 'share'>): Found {
  const drawn =
    share >= 1
      ? new Map(frame.weight.map((weight, unit) => [unit, weight]))
      : drawUnits(frame, { share, ...options });
  let costUsd = 0;
  for (const unit of drawn.keys()) costUsd += frame.costUsd[unit] ?? 0;
  return { drawn, costUsd };
}

function unitsFor({
  margin,
  discordant = PLANNED_DISCORDANT,
}: Extract<SampleGoal, { kind: 'for-margin' }>): number {
  const pairs = pairsNeeded({ discordant, difference: 0, margin }) ?? Infinity;
  return Math.ceil(pairs / CERTIFY_SHARE);
}

/** The share of the traffic by which the expected size is what is wanted; at most 1. */
function shareFor(frame: Frame, goal: SampleGoal, neededUnits: number | undefined): number {
  const { weight, size, costUsd } = frame;
  const sum = (of: (unit: number) => number) =>
    weight.reduce((total, each, unit) => total + each * of(unit), 0);
  switch (goal.kind) {
    case 'requests':
      return frame.requests <= goal.requests ? 1 : goal.requests / sum((unit) => size[unit] ?? 0);
    case 'max-usd': {
      const total = sum((unit) => costUsd[unit] ?? 0);
      if (total > 0) return Math.min(1, goal.maxUsd / total);
      throw new UsageError(
        '--max-usd: no request has a recorded cost, and no target of arb.yaml a price. Name targets with prices, or give --requests.',
      );
    }
    case 'for-margin':
      return Math.min(1, (neededUnits ?? 0) / sum(() => 1));
  }
}
