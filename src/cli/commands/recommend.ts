import type { Command } from 'commander';
import { type Cli, list, wholeNumber } from '../cli.ts';
import { recommendRuns } from '../recommend/recommend.ts';

const example = `
Example:
  arb recommend reports/2026-11-20-nightly --floor baseline-0.02 > routes.yaml
  arb recommend --outcomes table.jsonl --by task --floor best-0.01 --no-certify`;

/** The options of `arb recommend` as parsed; absent = as arb.yaml or the defaults say. */
export interface RecommendFlags {
  readonly outcomes?: readonly string[];
  readonly config?: string;
  readonly prices?: string;
  readonly by?: readonly string[];
  readonly floor?: string;
  readonly baseline?: string;
  readonly slo?: readonly string[];
  readonly maxRules?: number;
  readonly maxThresholds?: number;
  readonly maxTargets?: number;
  readonly peakRpm?: number;
  readonly maxProviderShare?: number;
  readonly include?: readonly string[];
  readonly alpha?: number;
  readonly reportPart?: number;
  readonly splitSeed?: number;
  readonly timeLimit?: number;
  readonly rival?: readonly string[];
  readonly frontier?: true;
  readonly values?: true;
  readonly since?: string;
  readonly explain?: true;
  readonly current?: string;
  readonly certify: boolean;
  readonly summary?: string;
  readonly out?: string;
  readonly json?: true;
}

/** What `recommend` and `check` are asked alike. */
export function decisionOptions(command: Command): Command {
  return command
    .option('--config <file>', 'arb.yaml with the targets and constraints')
    .option('--prices <list>', 'price what was measured again by this list; see arb prices --help')
    .option('--floor <floor>', 'best-0.02, baseline-0.02 or a quality such as 0.85')
    .option(
      '--baseline <name>',
      'recorded, a target, or a routes.yaml (default: best single target)',
    )
    .option('--slo <slo>', 'p95=2000ms or ttft.p99=800ms; may be repeated', collect)
    .option('--alpha <p>', 'error of the certificate (default: 0.05)', Number)
    .option('--rival <routes>', 'a policy to compare with; may be repeated', collect);
}

export function addRecommend({ program, shell, finish }: Cli): void {
  const command = program
    .command('recommend')
    .description('the optimal certified policy on stdout, its case on stderr')
    .argument('[runs...]', 'run directories (default: the newest complete and valid one)')
    .option(
      '--outcomes <file>',
      "anybody's outcome table instead of a run; may be repeated",
      collect,
    )
    .option('--by <features>', 'what rules may ask for, e.g. task,app,input_tokens', list);
  decisionOptions(command)
    .option('--max-rules <n>', 'rules at most', wholeNumber(1))
    .option('--max-thresholds <n>', 'token thresholds per cell at most', wholeNumber(0))
    .option('--max-targets <n>', 'distinct targets at most', wholeNumber(1))
    .option(
      '--peak-rpm <n>',
      "requests a minute at the peak; each target's rpm is then a limit",
      Number,
    )
    .option('--max-provider-share <share>', 'largest share of requests of one provider', Number)
    .option('--include <names>', 'targets and tasks that the sanity checks would keep out', list)
    .option('--report-part <share>', 'requests kept for a point estimate of the change', Number)
    .option('--split-seed <n>', 'of the split (default: by the workload)', wholeNumber(0))
    .option('--time-limit <seconds>', 'stop searching, with an honest gap', Number)
    .option('--current <routes>', 'the policy in force: kept where a change is worth too little')
    .option('--since <run>', 'what is different since an earlier run, and why')
    .option('--frontier', 'the whole cost-quality frontier')
    .option('--values', 'what each target is worth, and at which price others would be used')
    .option('--explain', 'the decision in plain English')
    .option('--no-certify', 'only the optimum on these rows, which is no claim about others')
    .option('--summary <file>', 'the figures as JSON')
    .option('--out <file>', 'write the policy here, atomically, instead of to stdout')
    .option('--json', 'the policy as JSON')
    .addHelpText('after', example)
    .action(async (runs: string[], flags: RecommendFlags) => {
      finish(await recommendRuns(runs, flags, shell));
    });
}

/** An option that may be repeated. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}
