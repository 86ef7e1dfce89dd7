import type { KeptSlo } from '../../../measure/goodput.ts';
import type { Outcome } from '../../../outcome/outcome.ts';
import { matches } from '../../../policy/decide.ts';
import type { When } from '../../../policy/policy.ts';
import type { Features } from '../../../workload/request.ts';
import type { Config } from '../../config/schema.ts';

/** An entry of `constraints.slo` in arb.yaml. */
export type ConfiguredSlo = Config['constraints']['slo'][number];

/** In the meter's terms. */
export function toMeterSlos(slos: readonly ConfiguredSlo[]): KeptSlo['slo'][] {
  return slos.map(({ when, ...slo }) => ({ ...slo, ...(when && { when }) }));
}

/** Whether an SLO speaks of a request with these features, by the matcher of the policy's rules. */
export function concerns({ when }: KeptSlo['slo'], features: Features): boolean {
  // arb.yaml has lists of values only: they are conditions that a rule may have, too.
  return matches(when as When | undefined, features);
}

/** The features of a request that an earlier part of the run has on file. */
export function featuresOn({ features, task, input_tokens }: Outcome): Features {
  return {
    ...features,
    ...(task !== undefined && { task }),
    ...(input_tokens !== undefined && { input_tokens }),
  };
}
