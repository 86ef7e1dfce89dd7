import type { ExportPlan, PlannedRoute } from './plan.ts';

/** What became of one thing a rule says; `rule` is `*` for what holds for all of them. */
export interface LossRow {
  readonly rule: string;
  readonly feature: string;
  /** `emulated` holds as long as callers send what the carrier computes. */
  readonly how: 'exact' | 'emulated' | 'dropped';
  readonly note: string;
  /** Of a dropped row: what is not as the policy says. Only `routing` is refused. */
  readonly changes?: 'routing' | 'failover' | 'timing' | 'request' | 'record';
}

/** How a gateway keeps one thing that a rule says. */
export type Keeping = Pick<LossRow, 'how' | 'note' | 'changes'>;

export const exact = (note: string): Keeping => ({ how: 'exact', note });

export const emulated = (note: string): Keeping => ({ how: 'emulated', note });

/** A dropped row says what it changes, then why. */
export const dropped = (changes: NonNullable<LossRow['changes']>, note: string): Keeping => ({
  how: 'dropped',
  changes,
  note,
});

/** How a gateway keeps each thing that one rule can say; undefined where there is nothing to say. */
export interface Keepings {
  readonly condition: (feature: string) => Keeping;
  readonly split: Keeping;
  readonly fallback: Keeping;
  readonly fallbackOn?: Keeping | undefined;
  readonly retry?: Keeping | undefined;
  readonly attemptTimeout: Keeping;
  readonly firstTokenTimeout: Keeping;
  readonly sticky: Keeping;
}

/** The rows of one rule, in the order in which a rule says things: only what it does say. */
export function listRuleLoss(route: PlannedRoute, plan: ExportPlan, keeps: Keepings): LossRow[] {
  const { name: rule, timeouts, chain } = route;
  const row = (feature: string, keeping: Keeping | undefined): LossRow[] =>
    keeping ? [{ rule, feature, ...keeping }] : [];
  return [
    ...route.when.flatMap(({ feature }) => row(feature, keeps.condition(feature))),
    ...(route.arms.length > 1 ? row('split', keeps.split) : []),
    ...(chain.length > 0 ? row('fallback', keeps.fallback) : []),
    ...(chain.length > 0 ? row('fallback_on', keeps.fallbackOn) : []),
    ...(plan.failure.retries > 0 ? row('retry', keeps.retry) : []),
    ...(timeouts.attempt_ms === undefined ? [] : row('timeouts.attempt_ms', keeps.attemptTimeout)),
    ...(timeouts.first_token_ms === undefined
      ? []
      : row('timeouts.first_token_ms', keeps.firstTokenTimeout)),
    ...(plan.policy.sticky ? row('sticky', keeps.sticky) : []),
  ];
}

/** Parameters that arb drops or renames for a target, which no gateway here does. */
export function listAdaptedLoss({ leaves }: ExportPlan): LossRow[] {
  return leaves.flatMap(({ name, adapted }) =>
    adapted.map(
      (what): LossRow => ({
        rule: '*',
        feature: `params of ${name}`,
        ...dropped('request', `cannot ${what}`),
      }),
    ),
  );
}

/** Prices, for a gateway that keeps none. */
export function listPriceLoss({ leaves }: ExportPlan): LossRow[] {
  return leaves
    .filter((leaf) => leaf.price)
    .map(({ name }) => ({
      rule: '*',
      feature: `price of ${name}`,
      ...dropped('record', 'the gateway keeps no prices'),
    }));
}
