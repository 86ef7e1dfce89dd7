import { type OutcomeVector, slowShare } from '../../outcome/outcome-vector.ts';
import type { Finding } from './sanity.ts';
import { formatSlo, type Slo } from './slo.ts';
import type { Study } from './study.ts';

/** How many requests that an SLO speaks of were slow; a share of a request is rounded up. */
export interface Slowness {
  readonly slow: number;
  readonly n: number;
}

export function slowOf(study: Study, vector: OutcomeVector, slo: Slo, rows?: Int32Array): Slowness {
  const applies = sloRows(study, slo);
  const times = timesOf(vector, slo);
  const count = rows ? rows.length : study.table.rows;
  let [slow, n] = [0, 0];
  for (let i = 0; i < count; i++) {
    const row = rows ? (rows[i] as number) : i;
    if (!applies(row)) continue;
    n++;
    slow += slowShare(times, row, slo.atMost);
  }
  return { slow: Math.ceil(slow - 1e-6), n };
}

export function timesOf(vector: OutcomeVector, { metric }: Slo): readonly Float32Array[] {
  return metric === 'ttft_ms' ? vector.ttft : vector.latency;
}

/** Which rows an SLO speaks of. */
export function sloRows({ table }: Study, { when }: Slo): (row: number) => boolean {
  const conditions = Object.entries(when ?? {}).map(([key, values]) => {
    const category = table.features.get(key);
    const codes = new Set(values.map((value) => category?.values.indexOf(value) ?? -1));
    codes.delete(-1);
    return { code: category?.code, codes };
  });
  return (row) => conditions.every(({ code, codes }) => code && codes.has(code[row] as number));
}

/** A baseline that itself misses an SLO is said to. */
export function sloFindings(study: Study): Finding[] {
  return study.options.slos.flatMap((slo): Finding[] => {
    const { slow, n } = slowOf(study, study.baseline, slo);
    if (slow <= Math.floor((1 - slo.share) * n + 1e-6)) return [];
    const { name } = study.baseline;
    const text = `the baseline ${name} misses ${formatSlo(slo)}: ${slow} of ${n} requests are slow`;
    return [{ kind: 'baseline-slo', about: name, text }];
  });
}
