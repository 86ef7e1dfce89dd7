import { csvTable } from '../../store/file/csv.ts';
import type { TextReport } from './sheet.ts';

/** A chapter by its name. */
interface NamedPart extends TextReport {
  readonly id: string;
}

/** Every table of a report as a file of its own: `latency-1.csv`. Cells are as a reader sees them. */
export const toCsvFiles = (
  parts: readonly NamedPart[],
): { readonly name: string; readonly text: string }[] =>
  parts.flatMap(({ id, sheets }) =>
    sheets.map(({ columns, rows }, index) => ({
      name: `${id}-${index + 1}.csv`,
      text: csvTable(
        columns.map(({ title }) => title),
        rows,
      ),
    })),
  );
