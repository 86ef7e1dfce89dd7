import { type Command, Option } from 'commander';
import { bench } from '../../../command/measure/bench/bench.ts';
import { estimateBench } from '../../../command/measure/bench/estimate.ts';
import { describeEstimate } from '../../../command/measure/bench/estimate-lines.ts';
import { calibrateAlone } from '../../../command/measure/calibrate/calibrate.ts';
import { shellWord } from '../../../encode.ts';
import { exitCodes, UsageError } from '../../../errors.ts';
import type { BenchEvent, BenchOptions, BenchResult, ExitCode } from '../../../index.ts';
import { calibratingLine, describeCalibration } from '../../../report/text/calibration.ts';
import { describeResult } from '../../../report/text/run.ts';
import type { Cli } from '../../terminal/cli.ts';
import {
  appendValue,
  fileNamePart,
  octal,
  parseList,
  positive,
  timeSpan,
  wholeNumber,
} from '../../terminal/option-parsers.ts';
import { type Shell, say, sayJson } from '../../terminal/shell.ts';
import { summaries } from '../../terminal/summaries.ts';
import { judgingLine } from '../judge/judging-line.ts';
import { type Progress, showProgress } from './progress.ts';

const example = `
Example:
  arb bench workload.jsonl --concurrency 8 --out reports/today`;

type BenchFlags = BenchOptions & { readonly estimate?: true; readonly json?: true };

export function addBench({ program, shell, finish }: Cli): void {
  const command = program
    .command('bench')
    .description(summaries.bench)
    .argument('[workload]', 'your requests, one a line, or a log that arb import knows');
  for (const add of [addRunOptions, addLoadOptions, addLimitOptions, addFileOptions]) add(command);
  command
    .addHelpText('after', example)
    .action(async (workload: string | undefined, flags: BenchFlags) => {
      const { json = false, estimate, ...options } = flags;
      if (workload === undefined) {
        finish(await runCalibration(options, { shell, json }));
        return;
      }
      if (!estimate) {
        finish(await runBench(workload, options, { shell, json }));
        return;
      }
      const found = await estimateBench(workload, options, shell);
      if (json) sayJson(shell.stdout, found);
      else {
        for (const line of describeEstimate(found)) say(shell.stdout, line);
        say(shell.stdout, `next: ${toCommand(workload, options)}`);
      }
      finish(exitCodes.ok);
    });
}

/** Which run this is, and whom it asks. */
function addRunOptions(command: Command): Command {
  return command
    .option('--config <file>', 'the targets (default: arb.yaml)')
    .option('--targets <names>', 'only these of them, e.g. small,big (default: all)', parseList)
    .option('--out <dir>', 'the run directory (default: reports/<date>-<name>)')
    .option('--name <name>', 'part of the directory name', fileNamePart, 'bench');
}

/** What is sent, and when. */
function addLoadOptions(command: Command): Command {
  return command
    .option(
      '--concurrency <n>',
      'requests in flight per target (default: load.concurrency of arb.yaml, else 8; in an open load no limit)',
      wholeNumber(1),
    )
    .option(
      '--max-in-flight <n>',
      'requests in flight in all (default: load.max_in_flight of arb.yaml, else no limit)',
      wholeNumber(1),
    )
    .option(
      '--requests <n>',
      'a seeded sample of this many requests (default: all; with --resume the run’s own)',
      wholeNumber(1),
    )
    .addOption(
      new Option(
        '--load <mode>',
        'how requests arrive (default: closed; with --rate: poisson)',
      ).choices(['closed', 'constant', 'poisson', 'recorded']),
    )
    .option(
      '--rate <n>',
      'requests a second and target, for constant and poisson (default: load.rate of arb.yaml)',
      positive,
    )
    .option(
      '--speed <n>',
      'replay recorded arrivals this many times as fast (default: 1)',
      positive,
    )
    .option('--ramp <time>', 'rise to the full load in this time, e.g. 30s (default: 0s)', timeSpan)
    .option(
      '--warmup <time>',
      'leave what is sent in this time out of the figures (default: 0s)',
      timeSpan,
    )
    .option('--cycle', 'repeat the workload until --duration')
    .option(
      '--own-history',
      'send a session its target’s own earlier answers instead of the recorded ones; for load only',
    )
    .addOption(
      new Option(
        '--prompt-cache <state>',
        "the providers' caches of prompts (default: recorded)",
      ).choices(['recorded', 'cold', 'warm']),
    )
    .option('--find-limit', 'continue past the rate limit of a provider, to measure where it is');
}

/** How much there is of it, and when it ends. */
function addLimitOptions(command: Command): Command {
  return command
    .option(
      '--duration <time>',
      'send nothing new after this time, e.g. 15m (default: no limit)',
      timeSpan,
    )
    .option(
      '--deadline <time>',
      'end everything at this time, e.g. 20m (default: no limit)',
      timeSpan,
    )
    .option(
      '--passes <n>',
      'how often each request is asked of each target (default: 1; with --resume the run’s own)',
      wholeNumber(1),
    )
    .option(
      '--seed <n>',
      'seed for sampling and arrival times (default: 1; with --resume the run’s own)',
      wholeNumber(0),
    )
    .option(
      '--max-usd <usd>',
      'hard cap on what the run may cost, in USD (default: budget.max_usd of arb.yaml)',
      positive,
    );
}

/** What is done before or instead of sending, and what is kept on disk. */
function addFileOptions(command: Command): Command {
  return command
    .option('--estimate', 'print what it would cost and send nothing')
    .option(
      '--calibrate',
      "measure arb's own error first, against its own simulator; without a workload, only that",
    )
    .option(
      '--resume',
      'continue the run that was interrupted; answers on file are not asked again',
    )
    .option(
      '--umask <octal>',
      'permissions that others do not get on files of the run, e.g. 027 for a team (default: 077)',
      octal,
    )
    .option(
      '--allow-key <name=host>',
      'a key may be sent to this host besides those of its provider, again for more (default: none)',
      appendValue,
    )
    .option('--skip-invalid', 'leave bad lines of the workload out')
    .option('--no-answers', 'do not keep the texts of the answers')
    .option('--json', 'print the summary as JSON, as in summary.json');
}

interface Output {
  readonly shell: Shell;
  readonly json: boolean;
}

async function runBench(
  workload: string,
  options: BenchOptions,
  { shell, json }: Output,
): Promise<ExitCode> {
  let progress: Progress | undefined;
  try {
    for await (const event of bench(workload, options, shell)) {
      switch (event.kind) {
        case 'calibrating':
          say(shell.stderr, calibratingLine(event.streams));
          break;
        case 'resuming':
          say(shell.stderr, resumeLine(event));
          break;
        case 'started':
          // Before anything is sent: the screen takes its time to load.
          progress = await showProgress(shell, event.live, { json });
          break;
        case 'warning':
          // What is known before anything is sent comes before the screen.
          if (progress) progress.warn(event.message);
          else say(shell.stderr, `warning: ${event.message}`);
          break;
        case 'measured':
          progress?.end();
          progress = undefined;
          break;
        case 'asking':
        case 'judging':
        case 'judging-warning':
          if (!json) say(shell.stderr, judgingLine(event));
          break;
        case 'finished':
          sayResult(event.result, toCommand(workload, options), { shell, json });
          return event.result.exitCode;
      }
    }
  } finally {
    progress?.end();
  }
  throw new Error('the bench ended without a result');
}

function toCommand(workload: string, { config = 'arb.yaml' }: BenchOptions): string {
  return `arb bench ${shellWord(workload)}${config === 'arb.yaml' ? '' : ` --config ${shellWord(config)}`}`;
}

function sayResult(result: BenchResult, command: string, { shell, json }: Output): void {
  const { dir, summary } = result;
  if (!summary) {
    say(shell.stderr, 'interrupted before anything was sent');
    say(shell.stderr, `next: ${command} --out ${dir} --calibrate --resume`);
  } else if (json) sayJson(shell.stdout, summary);
  else for (const line of describeResult(result, summary, command)) say(shell.stdout, line);
}

function resumeLine({
  dir,
  done,
  inDoubt,
  reopened,
}: Extract<BenchEvent, { kind: 'resuming' }>): string {
  const doubt =
    inDoubt === 0
      ? ''
      : `; ${inDoubt} were under way when it ended, and count at their worst price`;
  const again = reopened === 0 ? '' : `; ${reopened} that never reached an answer are asked again`;
  return `going on with ${dir}: ${done} are done and not asked again${again}${doubt}`;
}

/** Without a workload: the error alone, and whether it is within what is stated. */
async function runCalibration(options: BenchOptions, { shell, json }: Output): Promise<ExitCode> {
  if (!options.calibrate) {
    throw new UsageError(
      'bench: missing required argument: the workload. Name it, e.g. arb bench workload.jsonl.',
    );
  }
  for await (const event of calibrateAlone(options, shell)) {
    switch (event.kind) {
      case 'calibrating':
        say(shell.stderr, calibratingLine(event.streams));
        break;
      case 'interrupted':
        return exitCodes.interrupted;
      case 'calibrated': {
        const { calibration, faults } = event;
        if (json) sayJson(shell.stdout, { ...calibration, invalid: faults });
        else for (const line of describeCalibration(calibration, faults)) say(shell.stdout, line);
        return faults.length > 0 ? exitCodes.no : exitCodes.ok;
      }
    }
  }
  throw new Error('the calibration ended without a result');
}
