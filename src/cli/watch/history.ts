import { history } from '../../command/watch/history.ts';
import type { Cli } from '../terminal/cli.ts';
import { summaries } from '../terminal/summaries.ts';
import { addTextOptions, showText, type TextFlags } from './text.ts';

const example = `
Example:
  arb history reports --target sonnet`;

export function addHistory({ program, shell, finish }: Cli): void {
  const command = program
    .command('history')
    .description(summaries.history)
    .argument('[folder]', 'where the runs are', 'reports')
    .option('--target <name>', 'only the figures of this target (default: all)');
  addTextOptions(command)
    .addHelpText('after', example)
    .action((folder: string, { target, ...flags }: TextFlags & { readonly target?: string }) => {
      const found = history(folder, target);
      showText(shell, found, flags);
      finish(found.exitCode);
    });
}
