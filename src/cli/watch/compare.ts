import { compare } from '../../command/watch/compare.ts';
import type { Cli } from '../terminal/cli.ts';
import { summaries } from '../terminal/summaries.ts';
import { addTextOptions, showText, type TextFlags } from './text.ts';

const example = `
Example:
  arb compare reports/2026-11-19-nightly reports/2026-11-20-nightly`;

export function addCompare({ program, shell, finish }: Cli): void {
  const command = program
    .command('compare')
    .description(summaries.compare)
    .argument('<before>', 'the earlier run directory')
    .argument('<after>', 'the later one');
  addTextOptions(command)
    .addHelpText('after', example)
    .action(async (before: string, after: string, flags: TextFlags) => {
      const found = await compare(before, after);
      showText(shell, found, flags);
      finish(found.exitCode);
    });
}
