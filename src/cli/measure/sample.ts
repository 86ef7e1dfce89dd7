import { sampleWorkload } from '../../command/measure/sample/sample.ts';
import { shellWord } from '../../encode.ts';
import { exitCodes, UsageError } from '../../errors.ts';
import type { SampleGoal, WorkloadSample } from '../../index.ts';
import { formatTable } from '../../report/text/table.ts';
import { formatPercent, formatUsd } from '../../units.ts';
import type { Cli } from '../terminal/cli.ts';
import { pattern, positive, shareAbove0, wholeNumber } from '../terminal/option-parsers.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Give one of --requests, --max-usd and --for-margin.

Example:
  arb sample workload.jsonl --for-margin 0.02 -o sample.jsonl`;

interface SampleFlags {
  readonly requests?: number;
  readonly maxUsd?: number;
  readonly forMargin?: number;
  readonly discordant?: number;
  readonly out: string;
  readonly stratify?: boolean;
  readonly seed?: number;
  readonly config?: string;
  readonly redact?: boolean;
  readonly redactPattern?: Record<string, RegExp>;
  readonly skipInvalid?: boolean;
  readonly allowCommands?: boolean;
  readonly json?: boolean;
}

export function addSample({ program, shell, finish }: Cli): void {
  program
    .command('sample')
    .description(summaries.sample)
    .argument('<workload>', 'one request a line, or a log that arb import knows')
    .option(
      '--requests <n>',
      'about so many, sessions stay whole (default: by the other limits)',
      wholeNumber(1),
    )
    .option(
      '--max-usd <usd>',
      'what asking it once of all targets of arb.yaml may cost, in USD (default: no limit)',
      positive,
    )
    .option(
      '--for-margin <margin>',
      'enough to certify a change within it, such as 0.02',
      shareAbove0,
    )
    .option(
      '--discordant <share>',
      'planned share of answers that differ (default: 0.1)',
      shareAbove0,
    )
    .option('-o, --out <file>', 'what is written', 'sample.jsonl')
    .option('--stratify', 'more of small groups, with weights that make up for it')
    .option('--seed <n>', 'the same seed draws the same requests (default: 1)', wholeNumber(0))
    .option('--config <file>', 'targets for --max-usd, redact: (default: arb.yaml if there)')
    .option('--redact', 'replace secrets and personal values by numbered placeholders')
    .option(
      '--redact-pattern <name=regex>',
      'redact this too, may be given more than once (default: none)',
      pattern,
    )
    .option('--skip-invalid', 'leave bad lines of the workload out')
    .option('--allow-commands', 'run redact.command of arb.yaml')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (workload: string, { json, redactPattern, ...flags }: SampleFlags) => {
      const options = { ...flags, ...(redactPattern && { patterns: redactPattern }) };
      const goal = goalOf(flags);
      const sample = await sampleWorkload(workload, { ...options, goal }, shell);
      if (json) sayJson(shell.stdout, toFile(sample));
      else for (const line of describe(sample, goal)) say(shell.stdout, line);
      finish(exitCodes.ok);
    });
}

function goalOf({ requests, maxUsd, forMargin, discordant }: SampleFlags): SampleGoal {
  const goals: SampleGoal[] = [];
  if (requests !== undefined) goals.push({ kind: 'requests', requests });
  if (maxUsd !== undefined) goals.push({ kind: 'max-usd', maxUsd });
  if (forMargin !== undefined) {
    const planned = discordant !== undefined && { discordant };
    goals.push({ kind: 'for-margin', margin: forMargin, ...planned });
  }
  const [goal, other] = goals;
  if (goal && !other) return goal;
  throw new UsageError(
    'arb sample: how large is it to be? Give one of --requests 500, --max-usd 5, --for-margin 0.02.',
  );
}

function toFile(sample: WorkloadSample): object {
  const { neededUnits, costUsd, redacted, leftOut, ...rest } = sample;
  return {
    ...rest,
    left_out: leftOut.length,
    ...(neededUnits !== undefined && { needed_units: neededUnits }),
    ...(costUsd !== undefined && { cost_usd: costUsd }),
    redacted: Object.fromEntries(redacted),
  };
}

const MOST_STRATA = 20;

function describe(sample: WorkloadSample, goal: SampleGoal): string[] {
  const { requests, of, units, duplicates, effective, costUsd, neededUnits, out } = sample;
  const shown = sample.strata.slice(0, MOST_STRATA);
  const left = 'left' as const;
  const columns = [
    { title: 'task / app / tools', align: left },
    { title: 'traffic' },
    { title: 'drawn' },
  ];
  const rows = shown.map(({ name, of: traffic, drawn }) => [name, String(traffic), String(drawn)]);
  const rest = sample.strata.length - shown.length;
  const lost = requests > 0 ? 1 - effective / requests : 0;
  const hidden = [...sample.redacted].map(([kind, count]) => `${count} ${kind}`);
  return [
    ...formatTable(columns, rows),
    ...(rest > 0 ? [`and ${rest} smaller ones`] : []),
    `${requests} of ${of} requests in ${out}, ${units} units of a certificate`,
    ...(duplicates.groups > 0
      ? [
          `  ${duplicates.requests} are near-duplicates in ${duplicates.groups} groups, each one unit`,
        ]
      : []),
    ...(lost > 0.005
      ? [
          `  the weights cost ${formatPercent(lost)}: it says as much as ${Math.round(effective)} requests without`,
        ]
      : []),
    ...(costUsd === undefined ? [] : [`  asking it once comes to ${formatUsd(costUsd)}`]),
    ...(neededUnits !== undefined && units < neededUnits
      ? [
          `  --for-margin ${goal.kind === 'for-margin' ? goal.margin : ''} needs ${neededUnits} units: record more traffic, or take a wider margin`,
        ]
      : []),
    ...(hidden.length > 0 ? [`  redacted: ${hidden.join(', ')}`] : []),
    `next: arb bench ${shellWord(out)}`,
  ];
}
