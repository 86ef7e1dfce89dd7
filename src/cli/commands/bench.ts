import { Option } from 'commander';
import type { LoadFlags } from '../../index.ts';
import { exitCodes, UsageError } from '../../index.ts';
import { bench } from '../bench/bench.ts';
import { calibrateAlone } from '../bench/calibrate.ts';
import { estimate } from '../bench/estimate.ts';
import { type Cli, positive, timeSpan, wholeNumber } from '../cli.ts';

const example = `
Example:
  arb bench workload.jsonl --concurrency 8 --out reports/today`;

/** The options of `arb bench` as parsed. */
export interface BenchOptions extends LoadFlags {
  readonly config?: string;
  readonly out?: string;
  readonly name: string;
  readonly requests?: number;
  readonly passes: number;
  readonly seed: number;
  readonly maxUsd?: number;
  readonly estimate?: true;
  readonly resume?: true;
  readonly calibrate?: true;
  readonly skipInvalid?: true;
  readonly answers: boolean;
  readonly json?: true;
}

export function addBench({ program, shell, finish }: Cli): void {
  program
    .command('bench')
    .description('replay a workload against the targets: latency, cost, quality')
    .argument('[workload]', 'one request a line, see the README')
    .option('--config <file>', 'the targets (default: arb.yaml)')
    .option('--out <dir>', 'the run directory (default: reports/<date>-<name>)')
    .option('--name <name>', 'part of the directory name', 'bench')
    .option('--concurrency <n>', 'requests in flight per target', wholeNumber(1))
    .option('--max-in-flight <n>', 'requests in flight in all', wholeNumber(1))
    .option('--requests <n>', 'a seeded sample of this many requests', wholeNumber(1))
    .addOption(
      new Option('--load <mode>', 'how requests arrive (default: closed)').choices([
        'closed',
        'constant',
        'poisson',
        'recorded',
      ]),
    )
    .option('--rate <n>', 'requests a second and target, for constant and poisson', positive)
    .option('--speed <n>', 'recorded arrivals this many times as fast', positive)
    .option('--ramp <time>', 'rise to the full load in this time', timeSpan)
    .option('--warmup <time>', 'what is meant for this time is no measurement', timeSpan)
    .option('--cycle', 'repeat the workload until --duration')
    .option('--own-history', 'a session hears its target’s own earlier answers; for load only')
    .addOption(
      new Option(
        '--prompt-cache <state>',
        "the providers' caches of prompts (default: recorded)",
      ).choices(['recorded', 'cold', 'warm']),
    )
    .option('--find-limit', 'go on past the rate limit of a provider to learn where it is')
    .option('--duration <time>', 'send nothing new after this time, e.g. 15m', timeSpan)
    .option('--deadline <time>', 'end everything at this time, e.g. 20m', timeSpan)
    .option('--passes <n>', 'how often each request is asked', wholeNumber(1), 1)
    .option('--seed <n>', 'of the sample and the arrivals', wholeNumber(0), 1)
    .option('--max-usd <usd>', 'hard cap on what the run may cost', positive)
    .option('--estimate', 'what it would cost, send nothing')
    .option(
      '--calibrate',
      "measure arb's own error first, against its own simulator; without a workload, only that",
    )
    .option('--resume', 'go on with the run that was interrupted; answers are not asked again')
    .option('--skip-invalid', 'leave bad lines of the workload out')
    .option('--no-answers', 'do not keep the texts of the answers')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (workload: string | undefined, options: BenchOptions) => {
      if (workload !== undefined) {
        if (options.estimate) await estimate(workload, options, shell);
        finish(options.estimate ? exitCodes.ok : await bench(workload, options, shell));
        return;
      }
      if (!options.calibrate) {
        throw new UsageError(
          'bench: missing required argument: the workload. Name it, e.g. arb bench workload.jsonl.',
        );
      }
      finish(await calibrateAlone(options, shell));
    });
}
