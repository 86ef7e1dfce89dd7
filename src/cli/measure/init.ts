import { init } from '../../command/config/init.ts';
import { exitCodes } from '../../errors.ts';
import type { Initialised } from '../../index.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  MISTRAL_API_KEY=... OPENROUTER_API_KEY=... arb init`;

export function addInit({ program, shell, finish }: Cli): void {
  program
    .command('init')
    .description(summaries.init)
    .option('--out <file>', 'where to write', 'arb.yaml')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(({ out, json }: { out: string; json?: true }) => {
      const written = init(out, shell);
      if (json) sayJson(shell.stdout, written);
      else for (const line of report(written)) say(shell.stdout, line);
      finish(exitCodes.ok);
    });
}

function report({ file, providers: found }: Initialised): string[] {
  if (found.length === 0) {
    return [
      `wrote ${file} with an example target, as no provider's key is in the environment`,
      'next: put your targets in, then run "arb bench workload.jsonl"',
    ];
  }
  return [
    `wrote ${file} with a target for each key found: ${found.join(', ')}`,
    'next: look at its models, then run "arb bench workload.jsonl"',
  ];
}
