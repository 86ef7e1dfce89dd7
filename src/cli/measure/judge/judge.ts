import { judge } from '../../../command/measure/judge/judge.ts';
import { shellWord } from '../../../encode.ts';
import { exitCodes } from '../../../errors.ts';
import type { ExitCode, JudgeOptions, JudgingReport } from '../../../index.ts';
import { describeJudging } from '../../../report/text/judging.ts';
import type { Cli } from '../../terminal/cli.ts';
import { appendValue, parseList, positive, wholeNumber } from '../../terminal/option-parsers.ts';
import { say, sayJson } from '../../terminal/shell.ts';
import { summaries } from '../../terminal/summaries.ts';
import { judgingLine } from './judging-line.ts';

const example = `
Example:
  arb judge reports/2026-11-20-nightly --judges judge-a,judge-b --max-usd 2`;

type JudgeFlags = JudgeOptions & { readonly json?: boolean };

export function addJudge({ program, shell, finish }: Cli): void {
  program
    .command('judge')
    .description(summaries.judge)
    .argument('<run>', 'a run directory')
    .option('--config <file>', 'the judges (default: arb.yaml)')
    .option(
      '--workload <file>',
      'the workload of the run, where it has moved (default: as its manifest says)',
    )
    .option('--answers <file>', "answers of another tool (default: the run's own)")
    .option('--judges <names>', 'targets that judge (default: quality.judges)', parseList)
    .option(
      '--baseline <name>',
      'recorded, or the target whose answers are compared with (default: quality.baseline)',
    )
    .option('--votes-needed <n>', 'votes a verdict needs (default: 2 of a panel)', wholeNumber(1))
    .option(
      '--max-usd <usd>',
      'hard cap on what judging may cost, in USD (default: budget.max_usd of arb.yaml)',
      positive,
    )
    .option(
      '--allow-key <name=host>',
      'a key may be sent to this host besides those of its provider, again for more (default: none)',
      appendValue,
    )
    .option('--allow-commands', 'run the checks of arb.yaml that are programs')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (run: string, { json = false, ...options }: JudgeFlags) => {
      for await (const event of judge(run, options, shell)) {
        switch (event.kind) {
          case 'asking':
          case 'judging':
          case 'judging-warning':
            if (!json) say(shell.stderr, judgingLine(event));
            break;
          case 'judged':
            if (json) sayJson(shell.stdout, event.report);
            else {
              for (const line of describeJudging(event.report)) say(shell.stdout, line);
              for (const line of describeNext(run, event.report, options.config))
                say(shell.stdout, line);
            }
            finish(toExitCode(event.report));
            break;
        }
      }
    });
}

function describeNext(
  run: string,
  { stopped }: JudgingReport,
  config: string | undefined,
): string[] {
  if (stopped === undefined) return [`next: arb recommend ${shellWord(run)} --out routes.yaml`];
  const by = config === undefined ? '' : ` --config ${shellWord(config)}`;
  const again = `next: arb judge ${shellWord(run)}${by}`;
  if (stopped !== 'budget') return ['the same command goes on where it stopped', again];
  return ['with a larger --max-usd, or budget in arb.yaml, it goes on where it stopped', again];
}

function toExitCode({ stopped }: JudgingReport): ExitCode {
  if (stopped === undefined) return exitCodes.ok;
  return stopped === 'interrupted' ? exitCodes.interrupted : exitCodes.stopped;
}
