import type { Command } from 'commander';
import type { TextReport } from '../../index.ts';
import { toLines } from '../../report/sheet/lines.ts';
import { toMarkdown } from '../../report/sheet/markdown.ts';
import { type Shell, say, sayJson } from '../terminal/shell.ts';

/** How a report in text is shown. */
export interface TextFlags {
  readonly json?: true;
  readonly markdown?: true;
}

export const addTextOptions = (command: Command): Command =>
  command
    .option('--markdown', 'as Markdown, for a pull request or a job summary')
    .option('--json', 'for machines');

/** Prints a report as it was asked for. */
export function showText(
  shell: Shell,
  { figures, text }: { readonly figures: unknown; readonly text: TextReport },
  { json, markdown }: TextFlags,
): void {
  if (json) sayJson(shell.stdout, figures);
  else if (markdown) shell.stdout.write(toMarkdown(text));
  else for (const line of toLines(text)) say(shell.stdout, line);
}
