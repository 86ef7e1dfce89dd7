import { join } from 'node:path';
import { writeOutput } from '../../command/output.ts';
import { type ReportRequest, type ReportResult, report } from '../../command/watch/report.ts';
import { toReportFile } from '../../report/data/report-file.ts';
import { renderCharts } from '../../report/html/render.ts';
import { toCsvFiles } from '../../report/sheet/csv.ts';
import { toJunit } from '../../report/sheet/junit.ts';
import { toMarkdown } from '../../report/sheet/markdown.ts';
import type { Cli } from '../terminal/cli.ts';
import { openFile } from '../terminal/open-file.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';
import { type Shell, say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Examples:
  arb report reports/2026-11-20-nightly --routes routes.yaml --out report.html
  arb report reports/2026-11-20-nightly --markdown >> "$GITHUB_STEP_SUMMARY"`;

interface ReportFlags extends Omit<ReportRequest, 'env' | 'now'>, Forms {
  readonly out: string;
  readonly open?: true;
}

/** In which forms a report is given beside the page. */
interface Forms {
  readonly markdown?: true;
  readonly json?: true;
  readonly junit?: true;
  readonly csv?: string;
  readonly svg?: string;
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
    .option('--open', 'show the page in a browser')
    .option('--markdown', 'the same as Markdown on stdout, for a pull request or a job summary')
    .option('--json', 'the same as JSON on stdout')
    .option('--junit', 'what of it can pass or fail as JUnit XML on stdout')
    .option('--csv <dir>', 'every table as a CSV file in this folder (default: none)')
    .option('--svg <dir>', 'every chart as an SVG file in this folder (default: none)')
    .addHelpText('after', example)
    .action(async (run: string, { out, open, ...flags }: ReportFlags) => {
      const { markdown, json, junit, csv, svg, ...request } = flags;
      const { env } = shell;
      const found = await report(run, { ...request, env, now: shell.now() });
      writeOutput(out, found.html, 0o600);
      if (csv !== undefined) writeFiles(csv, toCsvFiles(found.text.parts));
      if (svg !== undefined) writeFiles(svg, renderCharts(found.data));
      if (!showForm(shell, found, flags)) {
        say(shell.stdout, `written to ${out}${open ? '' : `\nnext: Open ${out} in a browser.`}`);
      }
      if (open && !(await openFile(out, env))) {
        say(shell.stderr, `nothing here opens a page: open ${out} in a browser`);
      }
      finish(found.exitCode);
    });
}

function writeFiles(dir: string, files: ReturnType<typeof toCsvFiles>): void {
  for (const { name, text } of files) writeOutput(join(dir, name), text, 0o600);
}

/** Prints the form that was asked for; false where none was. */
function showForm(shell: Shell, found: ReportResult, { markdown, json, junit }: Forms): boolean {
  if (json) sayJson(shell.stdout, toReportFile(found.data));
  else if (junit) shell.stdout.write(toJunit('arb report', found.findings));
  else if (markdown) shell.stdout.write(toMarkdown(found.text));
  else return false;
  return true;
}
