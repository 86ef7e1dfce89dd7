import { type Demand, widthOf } from '../problem/demand.ts';
import type { Piece } from '../problem/instance.ts';
import { eligibility, type Sample } from '../problem/problem.ts';
import { at } from '../rows/at.ts';
import { type Tallies, toOutcome } from './forecast.ts';
import { keepsLimits, toTargets } from './proposals.ts';
import type { TaskForecast } from './task-forecast.ts';

/** What policies are asked for, and what the rows are taken to say of them. */
interface Ground {
  readonly sample: Sample;
  readonly demands: readonly Demand[];
  readonly tallies: Tallies;
}

/**
 * Policies that change the first j tasks only, those with the safest floors first, and leave the
 * others with the reference: one hard task does not cost what the others save. Only where tasks have
 * floors of their own.
 */
export function changeTaskByTask(
  { sample, demands, tallies }: Ground,
  whole: readonly (readonly Piece[])[],
): (readonly Piece[])[] {
  const { groups, study } = sample;
  const task = groups.keys.indexOf('task');
  const reference = study.names.indexOf(study.baseline.name);
  const floors = demands.flatMap(({ task: name }, i) => (name === undefined ? [] : [{ name, i }]));
  if (task < 0 || reference < 0 || floors.length < 2) return [];
  return whole
    .flatMap((pieces) => {
      const { delta, spread } = toOutcome(tallies, toTargets(groups, pieces));
      const risk = ({ i }: { readonly i: number }) => {
        const rows = tallies.demands[i]?.weight ?? 0;
        const distance = widthOf(at(demands, i)) + at(delta, i) / Math.max(1e-9, rows);
        return distance * Math.sqrt(rows / Math.max(1e-9, at(spread, i) / Math.max(1e-9, rows)));
      };
      const safest = [...floors].sort((a, b) => risk(b) - risk(a)).map(({ name }) => name);
      return safest.slice(1).map((_, j) => {
        const changed = new Set(safest.slice(0, j + 1));
        const stays = (piece: Piece) => !changed.has(groups.cells[piece.cell]?.values[task] ?? '');
        return leaveWith(reference, pieces, stays);
      });
    })
    .filter(keepsLimits(sample));
}

/**
 * Policies without those that are forecast to lose more on a task than the guard allows; instead of one
 * of them, itself with these tasks left with the baseline, where rules can tell them apart.
 */
export function keepTasks(
  sample: Sample,
  forecast: TaskForecast,
  whole: readonly (readonly Piece[])[],
): { readonly kept: (readonly Piece[])[]; readonly left: ReadonlyMap<readonly Piece[], string> } {
  const { groups, study } = sample;
  const task = groups.keys.indexOf('task');
  const reference = study.names.indexOf(study.baseline.name);
  const may = eligibility(sample);
  const keeps = keepsLimits(sample);
  const left = new Map<readonly Piece[], string>();
  const kept = whole.flatMap((pieces): (readonly Piece[])[] => {
    const losing = forecast(toTargets(groups, pieces));
    const [first] = losing;
    if (first === undefined) return [pieces];
    left.set(pieces, first);
    if (task < 0 || reference < 0) return [];
    const made = leaveWith(reference, pieces, ({ cell }) =>
      losing.includes(groups.cells[cell]?.values[task] ?? ''),
    );
    const allowed = made.every(({ cell, target }) => may[cell]?.[target] === 1);
    return allowed && keeps(made) && forecast(toTargets(groups, made)).length === 0 ? [made] : [];
  });
  return { kept, left };
}

/** The same with the cells of some pieces at one target. */
function leaveWith(
  target: number,
  pieces: readonly Piece[],
  stays: (piece: Piece) => boolean,
): readonly Piece[] {
  const kept = [...new Set(pieces.filter(stays).map(({ cell }) => cell))].map(
    (cell): Piece => ({ cell, target, from: -Infinity, below: Infinity }),
  );
  return [...pieces.filter((piece) => !stays(piece)), ...kept].sort(
    (a, b) => a.cell - b.cell || a.from - b.from,
  );
}
