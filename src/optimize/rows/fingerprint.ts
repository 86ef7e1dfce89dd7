import { hash } from 'node:crypto';
import type { OutcomeTable } from '../../outcome/table.ts';
import { floatAt, intAt } from './at.ts';

/** Which requests a table holds, and what was measured of them. */
export interface Fingerprint {
  /** 16 hex digits of the requests: equal in every run over the same workload. */
  readonly requests: string;
  /** 16 hex digits of requests, targets, costs and qualities: equal for the same run only. */
  readonly outcomes: string;
}

export function fingerprintTable({ fingerprint, targets, columns }: OutcomeTable): Fingerprint {
  const sums = columns.map(({ cost, quality }, target) => {
    let [paid, scored, unpriced] = [0, 0, 0];
    for (let row = 0; row < cost.length; row++) {
      const value = floatAt(cost, row);
      if (Number.isNaN(value)) unpriced++;
      else paid += value;
      scored += intAt(quality, row);
    }
    return [targets[target], paid, scored, unpriced];
  });
  const outcomes = hash('md5', JSON.stringify([fingerprint, sums]), 'hex').slice(0, 16);
  return { requests: fingerprint, outcomes };
}
