import { micro } from '../../outcome/table.ts';
import type { Piece } from './instance.ts';
import { emptyLine, type Line, weightOf } from './outcome-vector.ts';
import type { Grains } from './row-groups.ts';
import type { Study } from './study.ts';

/** Index into `pieces` for each grain. */
export function pieceByGrain(grains: Grains, pieces: readonly Piece[]): Int32Array {
  const byCell: { piece: Piece; index: number }[][] = grains.cells.map(() => []);
  pieces.forEach((piece, index) => {
    byCell[piece.cell]?.push({ piece, index });
  });
  return grains.cell.map((cell, grain) => {
    const tokens = grains.tokens[grain] as number;
    const found = byCell[cell]?.find(({ piece }) => piece.from <= tokens && tokens < piece.below);
    return found?.index ?? -1;
  });
}

/** What every row gives when its grain is sent to `target[grain]`; times where an SLO asks. */
export function assignedLine(
  study: Study,
  { of }: Grains,
  target: Int32Array,
  name = 'policy',
): Line {
  const { lines, table, options } = study;
  const made = emptyLine(name, table.rows);
  for (let row = 0; row < table.rows; row++) {
    const line = lines[target[of[row] as number] as number];
    if (!line) continue;
    made.cost[row] = line.cost[row] as number;
    made.quality[row] = line.quality[row] as number;
    made.status[row] = line.status[row] as number;
  }
  const asked = new Set(options.slos.map((slo) => (slo.metric === 'ttft_ms' ? 'ttft' : 'latency')));
  for (const metric of asked) {
    const passes = Math.max(...lines.map((line) => line[metric].length));
    for (let pass = 0; pass < passes; pass++) {
      const times = new Float32Array(table.rows).fill(Number.NaN);
      for (let row = 0; row < table.rows; row++) {
        const column = lines[target[of[row] as number] as number]?.[metric][pass];
        if (column) times[row] = column[row] as number;
      }
      made[metric].push(times);
    }
  }
  return made;
}

/** Means over rows. */
export interface Score {
  readonly n: number;
  /** 0 to 1, over the judged. */
  readonly quality: number;
  /** USD per request. */
  readonly costUsd: number;
  readonly unjudged: number;
}

export function scoreOf({ table }: Study, line: Line, rows?: Int32Array): Score {
  let [quality, judged, cost, total, unjudged] = [0, 0, 0, 0, 0];
  const n = rows ? rows.length : table.rows;
  for (let i = 0; i < n; i++) {
    const row = rows ? (rows[i] as number) : i;
    const weight = weightOf(table, row);
    const value = line.quality[row] as number;
    cost += weight * (line.cost[row] as number);
    total += weight;
    if (value < 0) unjudged++;
    else {
      quality += weight * value;
      judged += weight;
    }
  }
  return {
    n,
    quality: judged > 0 ? quality / judged / micro : 0,
    costUsd: total > 0 ? cost / total / 1e9 : 0,
    unjudged,
  };
}
