import { init } from '../../command/config/init.ts';
import { demoFolder, layOutKit, simCommand } from '../../command/measure/demo/kit.ts';
import { exitCodes } from '../../errors.ts';
import type { Initialised } from '../../index.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  MISTRAL_API_KEY=... OPENROUTER_API_KEY=... arb init`;

interface InitFlags {
  readonly out: string;
  readonly demo?: true;
  readonly json?: true;
}

export function addInit({ program, shell, finish }: Cli): void {
  program
    .command('init')
    .description(summaries.init)
    .option('--out <file>', 'where to write', 'arb.yaml')
    .option('--demo', 'the simulated market of arb demo instead of real targets')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(({ out, demo, json }: InitFlags) => {
      const kit = demo && layOutKit(demoFolder);
      const written = init(out, shell, kit?.config);
      const lines = kit
        ? [
            `wrote ${out} with the targets of the demo; they answer while this runs: ${simCommand(kit)}`,
            `next: arb inspect ${kit.workload}`,
          ]
        : report(written);
      if (json) sayJson(shell.stdout, written);
      else for (const line of lines) say(shell.stdout, line);
      finish(exitCodes.ok);
    });
}

function report({ file, providers: found, unused }: Initialised): string[] {
  const rest =
    unused.length === 0
      ? []
      : [
          `set and not used, as more is needed: ${unused.join(', ')}; a comment in ${file} says what`,
        ];
  if (found.length === 0) {
    return [
      `wrote ${file} with an example target, as no provider's key makes one by itself`,
      ...rest,
      `put your targets into ${file}; the workload is your requests, one a line, or a log that arb import knows`,
      'next: arb inspect WORKLOAD',
    ];
  }
  return [
    `wrote ${file} with a target for each key found: ${found.join(', ')}`,
    ...rest,
    'look at its models; the workload is your requests, one a line, or a log that arb import knows',
    'next: arb inspect WORKLOAD',
  ];
}
