import type { Column, Sheet } from '../text/table.ts';

/** A report in text: lines first, then tables, then its chapters. */
export interface TextReport {
  readonly title: string;
  readonly lines: readonly string[];
  readonly sheets: readonly Sheet[];
  /** The command that goes on from here, the last line on a terminal. */
  readonly next?: string;
  /** @default [] */
  readonly parts?: readonly TextReport[];
}

/** Columns by their titles; those whose title begins with `<` have their cells on the left. */
export const toColumns = (...titles: readonly string[]): readonly Column[] =>
  titles.map((title) =>
    title.startsWith('<') ? { title: title.slice(1), align: 'left' as const } : { title },
  );
