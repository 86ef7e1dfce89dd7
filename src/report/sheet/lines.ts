import { oneLine } from '../../lines.ts';
import { formatTable } from '../text/table.ts';
import type { TextReport } from './sheet.ts';

/** The report as lines for a terminal or a log. */
export function toLines({ title, lines, sheets, parts = [], next }: TextReport): string[] {
  const tables = sheets.filter(({ rows }) => rows.length > 0);
  return [
    ...[title, ...lines].map(oneLine),
    ...tables.flatMap((sheet) => [
      '',
      oneLine(`${sheet.title}:`),
      ...formatTable(sheet.columns, sheet.rows),
    ]),
    ...parts.flatMap((part) => ['', ...toLines(part)]),
    ...(next === undefined ? [] : ['', `next: ${next}`]),
  ];
}
