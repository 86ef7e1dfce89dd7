import { formatTable } from '../text/table.ts';
import type { TextReport } from './sheet.ts';

/** The report as lines for a terminal or a log. */
export function toLines({ title, lines, sheets, parts = [], next }: TextReport): string[] {
  const tables = sheets.filter(({ rows }) => rows.length > 0);
  return [
    title,
    ...lines,
    ...tables.flatMap((sheet) => [
      '',
      `${sheet.title}:`,
      ...formatTable(sheet.columns, sheet.rows),
    ]),
    ...parts.flatMap((part) => ['', ...toLines(part)]),
    ...(next === undefined ? [] : ['', `next: ${next}`]),
  ];
}
