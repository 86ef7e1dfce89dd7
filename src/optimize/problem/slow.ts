import { type OutcomeVector, slowShare, weightOf } from '../../outcome/outcome-vector.ts';
import { measureDesign } from '../../statistics/design-effect.ts';
import { intAt } from '../rows/at.ts';
import { everyRow, joinBursts } from '../rows/units.ts';
import type { Finding } from './sanity.ts';
import { formatSlo, type Slo, timesOf } from './slo.ts';
import type { Study } from './study.ts';

/** How many requests that an SLO speaks of were slow; a share of a request is rounded up. */
export interface Slowness {
  readonly slow: number;
  readonly n: number;
}

/** Slow requests of some rows, and how many independent requests they are worth. */
export interface SlowSample extends Slowness {
  /** Slow requests among `effective` ones, rounded up. */
  readonly hits: number;
  /** Rows by their weight, over the design effect of sessions and bursts; rounded down. */
  readonly effective: number;
  /** Every row stands alone and weighs 1. */
  readonly independent: boolean;
  /** Effective number of units. */
  readonly units: number;
}

interface SlowCase {
  readonly slo: Slo;
  /** Absent = every row. */
  readonly rows?: Int32Array;
}

export function measureSlow(
  study: Study,
  vector: OutcomeVector,
  { slo, rows = everyRow(study.table.rows) }: SlowCase,
): SlowSample {
  const { table } = study;
  const applies = sloRows(study, slo);
  const times = timesOf(vector, slo);
  const asked = rows.filter(applies);
  const value = Float64Array.from(asked, (row) => slowShare(times, row, slo.atMost));
  const weight = table.weight && Float64Array.from(asked, (row) => weightOf(table, row));
  const units = joinBursts(study, [vector]);
  const unit = units && Int32Array.from(asked, (row) => intAt(units, row));
  const design = measureDesign({ value, ...(weight && { weight }), ...(unit && { unit }) });
  const { mean, n, designEffect } = design;
  const independent = !weight && designEffect === 1;
  const effective = Math.floor(n / designEffect + 1e-9);
  const slow = value.reduce((sum, share) => sum + share, 0);
  return {
    slow: Math.ceil(slow - 1e-6),
    n: asked.length,
    hits: Math.ceil(mean * effective - 1e-6),
    effective,
    independent,
    units: design.units,
  };
}

/** Which rows an SLO speaks of. */
export function sloRows({ table }: Study, { when }: Slo): (row: number) => boolean {
  const conditions = Object.entries(when ?? {}).map(([key, values]) => {
    const category = table.features.get(key);
    const codes = new Set(values.map((value) => category?.values.indexOf(value) ?? -1));
    codes.delete(-1);
    return { code: category?.code, codes };
  });
  return (row) => conditions.every(({ code, codes }) => code && codes.has(intAt(code, row)));
}

/** A baseline that itself misses an SLO is said to. */
export function sloFindings(study: Study): Finding[] {
  return study.options.slos.flatMap((slo): Finding[] => {
    const { slow, n } = measureSlow(study, study.baseline, { slo });
    if (slow <= Math.floor((1 - slo.share) * n + 1e-6)) return [];
    const { name } = study.baseline;
    const text = `the baseline ${name} misses ${formatSlo(slo)}: ${slow} of ${n} requests are slow`;
    return [{ kind: 'baseline-slo', about: name, text }];
  });
}
