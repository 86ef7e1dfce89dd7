/** A column of a table: its title, and on which side its cells stand. */
export interface SheetColumn {
  readonly title: string;
  /** @default 'right' */
  readonly align?: 'left' | 'right';
}

/** A titled table as a page, a terminal or a file may draw it. Cells are plain text; '' is not known. */
export interface Sheet {
  readonly title: string;
  readonly columns: readonly SheetColumn[];
  readonly rows: readonly (readonly string[])[];
}

/** A report in text: lines first, then tables. */
export interface TextReport {
  readonly title: string;
  readonly lines: readonly string[];
  readonly sheets: readonly Sheet[];
  /** The command that goes on from here, the last line on a terminal. */
  readonly next?: string;
}
