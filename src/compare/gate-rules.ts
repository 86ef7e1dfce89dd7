/** What a new run may not be worse by, and how often a gate may be wrong. */
export interface GateRules {
  /** Share of false alarms over all `nights` together. */
  readonly error: number;
  /** Nights over which the error is spent, the same for each. */
  readonly nights: number;
  /** Rise of the cost per request, as a share: 0.1 = 10 %. */
  readonly cost_increase: number;
  /** Loss of quality, as a share of 1. */
  readonly quality_drop: number;
  /** Rise of the p99 of TTFT and of latency, as a share. */
  readonly p99_increase: number;
  /** Rise of the share of failed requests. */
  readonly failure_increase: number;
  /** Rise of a price per million tokens, as a share. */
  readonly price_increase: number;
  /** What another served model under the same name means. */
  readonly served_model: 'fail' | 'note';
}

export const defaultGateRules: GateRules = {
  error: 0.05,
  nights: 30,
  cost_increase: 0.1,
  quality_drop: 0.005,
  p99_increase: 0.25,
  failure_increase: 0.01,
  price_increase: 0.05,
  served_model: 'fail',
};
