import { isAbsent } from '../../outcome/outcome-vector.ts';
import { type OutcomeTable, statuses, type TargetColumn } from '../../outcome/table.ts';
import { at, intAt } from '../rows/at.ts';
import type { RowGroups } from '../rows/row-groups.ts';
import type { Finding } from './sanity.ts';
import type { Study } from './study.ts';

/** What keeps a cost from being known where a table has none and says no more. */
const noCost = 'cost_usd';

/** A target whose cost is not known on more than this share of its rows in a cell is out there. */
const unknownShare = 0.02;

/** The rows of a target in one cell, and those of them without a known cost, by what keeps it so. */
interface CellCosts {
  sent: number;
  unknown: number;
  readonly fields: Map<string, number>;
}

/** By cell: whether more of a target's costs than 2 % are not known there. */
export function findUnknownCosts(column: TargetColumn, groups: RowGroups): readonly boolean[] {
  if (!hasUnknown(column)) return groups.cells.map(() => false);
  return countCosts(column, groups).map(isTooMany);
}

/** Who takes part in a decision, for what is said of their costs. */
interface Parties {
  readonly names: readonly string[];
  readonly baseline: string;
  /** Targets that the user wants in, whatever is found. */
  readonly include: readonly string[];
}

export function nameParties({ names, baseline, options }: Study): Parties {
  return { names, baseline: baseline.name, include: options.include };
}

/** The cells where a target is not eligible for want of a cost, and costs that are reservations. */
export function unknownCostFindings(
  { targets, columns }: OutcomeTable,
  groups: RowGroups,
  named: Parties,
): readonly Finding[] {
  return targets.flatMap((about, at): Finding[] => {
    const column = columns[at] as TargetColumn;
    const takesPart = named.names.includes(about) || about === named.baseline;
    if (!takesPart || !hasUnknown(column)) return [];
    const found = countCosts(column, groups).map((costs, cell) => ({ ...costs, cell }));
    const many = found.filter(isTooMany);
    const few = found.filter((costs) => costs.unknown > 0 && !isTooMany(costs));
    const texts = many.map(({ cell, ...costs }) => {
      const where = groups.cells[cell]?.name || 'all requests';
      const isIn = named.include.includes(about);
      const so = isIn ? 'it is used because it was named' : 'it is not eligible there';
      return `${sayUnknown(about, [costs])} of ${costs.sent} requests of ${where} (${listFields([costs])}): above 2 %, so ${so}`;
    });
    if (few.length > 0) {
      const other = many.length > 0 ? ' other' : '';
      texts.push(
        `${sayUnknown(about, few)}${other} requests (${listFields(few)}): each counts at its reservation, or at the target's mean where nothing was reserved`,
      );
    }
    if (about === named.baseline && texts.length > 0) {
      texts.push(
        `${about} is the baseline, and such a reservation is the most a request can cost: the saving may be less than it says`,
      );
    }
    return texts.map((text) => ({ kind: 'cost-unknown', about, text }));
  });
}

function sayUnknown(target: string, cells: readonly CellCosts[]): string {
  const rows = cells.reduce((sum, { unknown }) => sum + unknown, 0);
  return `the cost of ${target} is not known on ${rows}`;
}

function isTooMany({ unknown, sent }: Pick<CellCosts, 'sent' | 'unknown'>): boolean {
  return unknown > unknownShare * sent;
}

function hasUnknown({ unknown, counts }: TargetColumn): boolean {
  return unknown !== undefined || counts.unpriced > 0;
}

function countCosts(
  { status, cost, unknown }: TargetColumn,
  groups: RowGroups,
): readonly CellCosts[] {
  const cells = groups.cells.map((): CellCosts => ({ sent: 0, unknown: 0, fields: new Map() }));
  for (let row = 0; row < status.length; row++) {
    const how = at(status, row);
    if (isAbsent(how)) continue;
    const cell = cells[intAt(groups.cell, intAt(groups.of, row))] as CellCosts;
    cell.sent++;
    const said = unknown?.values[intAt(unknown.code, row)];
    // Most failures are not billed, so that one without a cost is no doubt of the target's bills.
    const bare = how === statuses.ok && Number.isNaN(cost[row]);
    if (said === undefined && !bare) continue;
    cell.unknown++;
    const field = said ?? noCost;
    cell.fields.set(field, (cell.fields.get(field) ?? 0) + 1);
  }
  return cells;
}

/** `input_audio_tokens`, the most frequent first. */
function listFields(cells: readonly CellCosts[]): string {
  const counts = new Map<string, number>();
  for (const { fields } of cells) {
    for (const [field, count] of fields) counts.set(field, (counts.get(field) ?? 0) + count);
  }
  const ordered = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return ordered.map(([field]) => field).join(', ');
}
