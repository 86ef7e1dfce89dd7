import type { Plan } from './plan.ts';

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

export const exact = (rule: string, feature: string, note: string): LossRow => ({
  ...{ rule, feature, how: 'exact', note },
});

export const emulated = (rule: string, feature: string, note: string): LossRow => ({
  ...{ rule, feature, how: 'emulated', note },
});

/** A dropped row says what it changes, then why. */
export const dropped = (
  place: Pick<LossRow, 'rule' | 'feature'>,
  changes: NonNullable<LossRow['changes']>,
  note: string,
): LossRow => ({ rule: place.rule, feature: place.feature, how: 'dropped', note, changes });

/** Parameters that arb drops or renames for a target, which no gateway here does. */
export function adaptedLoss({ leaves }: Plan): LossRow[] {
  return leaves.flatMap(({ name, adapted }) =>
    adapted.map((what) =>
      dropped({ rule: '*', feature: `params of ${name}` }, 'request', `cannot ${what}`),
    ),
  );
}

/** Prices, for a gateway that keeps none. */
export function priceLoss({ leaves }: Plan): LossRow[] {
  return leaves
    .filter((leaf) => leaf.price)
    .map(({ name }) =>
      dropped({ rule: '*', feature: `price of ${name}` }, 'record', 'the gateway keeps no prices'),
    );
}
