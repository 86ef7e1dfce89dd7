import { type DemoResult, startDemo } from '../../command/measure/demo/demo.ts';
import { demoFolder } from '../../command/measure/demo/kit.ts';
import { type ExitCode, exitCodes } from '../../errors.ts';
import { formatPercent } from '../../units.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb demo`;

/** A machine too busy to time well decides all the same: that is no time to stop a demo. */
const goesOn: readonly ExitCode[] = [exitCodes.ok, exitCodes.no, exitCodes.stopped];

export function addDemo({ program, shell, finish, run }: Cli): void {
  program
    .command('demo')
    .description(summaries.demo)
    .option('--out <dir>', 'where everything goes', demoFolder)
    .option('--json', 'print what it came to as JSON')
    .addHelpText('after', example)
    .action(async ({ out, json }: { out: string; json?: true }) => {
      const demo = await startDemo(out);
      say(shell.stderr, `simulated providers at ${demo.url}, their times a tenth of real ones`);
      try {
        for (const step of demo.steps) {
          say(shell.stderr, `\n$ arb ${step.join(' ')}`);
          const code = await run(step, { ...shell, stdout: shell.stderr });
          if (!goesOn.includes(code)) return finish(code);
        }
      } finally {
        await demo.end();
      }
      const result = demo.result();
      if (json) sayJson(shell.stdout, result);
      else for (const line of lastWords(result)) say(shell.stdout, line);
      finish(result.saving ? exitCodes.ok : exitCodes.no);
    });
}

function lastWords({ routes, baseline, saving, claim, sim }: DemoResult): string[] {
  const good = saving
    ? `the policy costs ${formatPercent(saving.estimate)} less than ${baseline} alone (95 %: ${formatPercent(saving.low)} to ${formatPercent(saving.high)}); shown on requests that it was not chosen on: ${claim}`
    : `nothing was certified; ${baseline} stays`;
  return [
    '',
    good,
    `the policy is in ${routes}; nothing left this machine, nothing was paid`,
    `to try every command on this market, leave it running in another terminal: ${sim}`,
    'for your own targets, arb init with the keys of your providers in the environment',
    'next: arb init --demo',
  ];
}
