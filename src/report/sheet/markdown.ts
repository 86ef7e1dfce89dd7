import { markdownText } from '../../encode.ts';
import type { Sheet } from '../text/table.ts';
import type { TextReport } from './sheet.ts';

/** The report as GitHub Flavored Markdown. Texts stay text: no markup, link or HTML of theirs works. */
export function toMarkdown(report: TextReport): string {
  return `${toBlocks(report, 1).join('\n\n')}\n`;
}

/** Lines of a chapter stand below its title as a list: each is a sentence of its own. */
function toBlocks({ title, lines, sheets, parts = [] }: TextReport, level: number): string[] {
  const texts = lines.map(markdownText);
  return [
    `${'#'.repeat(level)} ${markdownText(title)}`,
    ...(level === 1 || texts.length === 0 ? texts : [texts.map((text) => `- ${text}`).join('\n')]),
    ...sheets.filter(({ rows }) => rows.length > 0).map((sheet) => toTable(sheet, level + 1)),
    ...parts.flatMap((part) => toBlocks(part, level + 1)),
  ];
}

function toTable({ title, columns, rows }: Sheet, level: number): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'left' ? ':--' : '--:'));
  return [
    `${'#'.repeat(level)} ${markdownText(title)}`,
    '',
    line(columns.map((column) => column.title)),
    `| ${rule.join(' | ')} |`,
    ...rows.map(line),
  ].join('\n');
}
