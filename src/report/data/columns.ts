import { type Category, statuses, type TargetColumn } from '../../outcome/table.ts';

/** A target and what it did. */
export interface NamedColumn extends TargetColumn {
  readonly target: string;
}

/** The value of a feature in a row; '' = absent. */
export const nameAt = (of: Category | undefined, row: number): string =>
  of?.values[of.code[row] ?? -1] ?? '';

/** What failed was lost; what was not sent, or not judged, says nothing. */
export function isJudged({ status, quality }: TargetColumn, row: number): boolean {
  if (status[row] === statuses.failed) return true;
  return status[row] === statuses.ok && (quality[row] ?? -1) >= 0;
}
