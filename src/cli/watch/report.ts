import { type ReportRequest, report } from '../../command/watch/report.ts';
import { writeAtomic } from '../../index.ts';
import type { Cli } from '../terminal/cli.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb report reports/2026-11-20-nightly --routes routes.yaml --out report.html`;

interface ReportFlags extends Omit<ReportRequest, 'env' | 'now'> {
  readonly out: string;
  readonly json?: true;
}

export function addReport({ program, shell, finish }: Cli): void {
  program
    .command('report')
    .description(summaries.report)
    .argument('<run>', 'the run directory')
    .option('--routes <file>', 'a policy to be checked on the run (default: none)')
    .option(
      '--current <file>',
      'the policy in force, kept where nothing better is shown (default: none)',
    )
    .option('--config <file>', 'an arb.yaml (default: that of this folder, then that of the run)')
    .option(
      '--volume <n>',
      'requests a month, for amounts a month (default: as the log shows)',
      wholeNumber(1),
    )
    .option(
      '--with-text',
      'prompts and answers too, redacted as arb import does (default: figures only)',
    )
    .option('--allow-commands', 'run the redaction command of arb.yaml')
    .option('-o, --out <file>', 'the page', 'report.html')
    .option('--json', 'what the page shows, as JSON on stdout')
    .addHelpText('after', example)
    .action(async (run: string, { out, json, ...request }: ReportFlags) => {
      const { env } = shell;
      const found = await report(run, { ...request, env, now: shell.now() });
      writeAtomic(out, found.html, 0o600);
      if (json) sayJson(shell.stdout, found.data);
      else say(shell.stdout, `written to ${out}; next: open it in a browser`);
      finish(found.exitCode);
    });
}
