import { markdownText } from '../../encode.ts';
import type { Sheet, TextReport } from './sheet.ts';

/** The report as GitHub Flavored Markdown. Texts stay text: no markup, link or HTML of theirs works. */
export function toMarkdown({ title, lines, sheets }: TextReport): string {
  const parts = [
    `# ${markdownText(title)}`,
    ...lines.map(markdownText),
    ...sheets.filter(({ rows }) => rows.length > 0).map(toTable),
  ];
  return `${parts.join('\n\n')}\n`;
}

function toTable({ title, columns, rows }: Sheet): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'left' ? ':--' : '--:'));
  return [
    `## ${markdownText(title)}`,
    '',
    line(columns.map((column) => column.title)),
    `| ${rule.join(' | ')} |`,
    ...rows.map(line),
  ].join('\n');
}
