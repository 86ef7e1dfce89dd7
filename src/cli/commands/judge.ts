import { type Cli, list, positive, wholeNumber } from '../cli.ts';
import { judge } from '../judge/judge.ts';

const example = `
Example:
  arb judge reports/2026-11-20-nightly --judges judge-a,judge-b --max-usd 2`;

/** The options of `arb judge` as parsed. */
export interface JudgeFlags {
  readonly config?: string;
  readonly workload?: string;
  readonly answers?: string;
  readonly judges?: readonly string[];
  readonly baseline?: string;
  readonly votesNeeded?: number;
  readonly maxUsd?: number;
  readonly allowCommands?: true;
  readonly json?: true;
}

export function addJudge({ program, shell, finish }: Cli): void {
  program
    .command('judge')
    .description('judge again from stored answers, without calling the targets')
    .argument('<run>', 'a run directory')
    .option('--config <file>', 'arb.yaml with the judges (default: arb.yaml)')
    .option('--workload <file>', 'the workload of the run, where it has moved')
    .option('--answers <file>', "answers of another tool instead of the run's own")
    .option('--judges <names>', 'targets that judge (default: quality.judges)', list)
    .option('--baseline <name>', 'recorded, or the target whose answers are compared with')
    .option('--votes-needed <n>', 'votes a verdict needs (default: 2 of a panel)', wholeNumber(1))
    .option('--max-usd <usd>', 'hard cap on what judging may cost', positive)
    .option('--allow-commands', 'run the checks of arb.yaml that are programs')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (run: string, flags: JudgeFlags) => {
      finish(await judge(run, flags, shell));
    });
}
