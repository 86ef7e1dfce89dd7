/** Something that a decision is held to, and who said so. */
export interface Setting {
  readonly name:
    | 'floor'
    | 'floor by'
    | 'floor for task'
    | 'baseline'
    | 'SLO'
    | 'pinned'
    | 'forbidden';
  readonly value: string;
  readonly from: SettingSource;
}

/** In this order: the request, the policy that is checked, arb.yaml now, the run's own, a default. */
export type SettingSource = 'request' | 'policy' | 'config' | 'run' | 'default';
