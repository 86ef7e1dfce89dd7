import { Argument } from 'commander';
import { toBash } from '../../command/completion/bash.ts';
import { toFish } from '../../command/completion/fish.ts';
import { toZsh } from '../../command/completion/zsh.ts';
import { exitCodes } from '../../errors.ts';
import type { Cli } from '../terminal/cli.ts';
import { summaries } from '../terminal/summaries.ts';
import { readGrammar } from './read-grammar.ts';

const example = `
Each script says at its head how to keep it.

Examples:
  source <(arb completion bash)
  source <(arb completion zsh)
  arb completion fish | source`;

const writers = { bash: toBash, zsh: toZsh, fish: toFish };

export function addCompletion({ program, shell, loadGrammar, finish }: Cli): void {
  program
    .command('completion')
    .description(summaries.completion)
    .addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(writers)))
    .addHelpText('after', example)
    .action(async (name: keyof typeof writers) => {
      shell.stdout.write(writers[name](readGrammar(await loadGrammar())));
      finish(exitCodes.ok);
    });
}
