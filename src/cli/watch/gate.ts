import { type GateRequest, gate } from '../../command/watch/gate.ts';
import type { Cli } from '../terminal/cli.ts';
import { appendValue } from '../terminal/option-parsers.ts';
import { summaries } from '../terminal/summaries.ts';
import { addTextOptions, showText, type TextFlags } from './text.ts';

const example = `
Example:
  arb gate reports/2026-11-20-nightly --baseline reports/2026-11-19-nightly --routes routes.yaml`;

type GateFlags = TextFlags & GateRequest & { readonly junit?: true };

export function addGate({ program, shell, finish }: Cli): void {
  const command = program
    .command('gate')
    .description(summaries.gate)
    .argument('<run>', 'the new run directory')
    .requiredOption(
      '--baseline <run>',
      'a run that was accepted, e.g. reports/main; given again, all of them together, newest first',
      appendValue,
    )
    .option(
      '--routes <file>',
      'the deployed policy, checked on the run; only its targets count (default: none)',
    )
    .option('--config <file>', 'an arb.yaml with a gate section (default: that of this folder)')
    .option('--junit', 'as JUnit XML');
  addTextOptions(command)
    .addHelpText('after', example)
    .action(async (run: string, { junit, json, markdown, ...request }: GateFlags) => {
      const found = await gate(run, request);
      if (junit) shell.stdout.write(found.junit);
      else showText(shell, found, { ...(json && { json }), ...(markdown && { markdown }) });
      finish(found.exitCode);
    });
}
