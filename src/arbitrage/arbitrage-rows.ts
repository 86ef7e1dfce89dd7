import { type OutcomeTable, statuses, type TargetColumn } from '../outcome/table.ts';

/** What one target did; every figure of a route starts here. */
export function findColumn({ targets, columns }: OutcomeTable, target: string): TargetColumn {
  const column = columns[targets.indexOf(target)];
  if (!column) throw new RangeError(`the table has no target "${target}"`);
  return column;
}

/** Rows that both targets answered. */
export function answeredByBoth(one: TargetColumn, other: TargetColumn): Int32Array {
  const { ok } = statuses;
  return Int32Array.from(one.status.keys()).filter(
    (row) => one.status[row] === ok && other.status[row] === ok,
  );
}
