/** A column of a plain table: its title, and on which side its cells stand. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Rows as aligned lines, widths by the longest cell; an empty cell is something unknown. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map((column, i) => {
        const cell = cells[i] ?? '';
        const width = widths[i] ?? 0;
        return column.align === 'left' ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}

/** Dollars with four significant digits, so that a request and a run read alike. */
export function dollars(value: number | undefined): string {
  if (value === undefined) return '';
  if (value === 0) return '$0';
  if (value < 0) return `-${dollars(-value)}`;
  if (value >= 100) return `$${value.toFixed(0)}`;
  if (value >= 1) return `$${value.toFixed(2)}`;
  const digits = Math.min(9, 3 - Math.floor(Math.log10(value)));
  return `$${value.toFixed(digits)}`;
}

/** A share of 1 as a percentage with one digit. */
export function percent(value: number | undefined): string {
  return value === undefined ? '' : `${(100 * value).toFixed(1)} %`;
}

/** Milliseconds in the unit a person would say. */
export function duration(value: number | undefined): string {
  if (value === undefined) return '';
  if (value < 1_000) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  if (value < 60_000) return `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(value / 60_000)} min ${Math.round((value % 60_000) / 1_000)} s`;
}
