import { type PurgeOptions, type PurgeResult, purge } from '../../command/measure/purge.ts';
import { formatTable } from '../../report/text/table.ts';
import type { Cli } from '../terminal/cli.ts';
import { timeSpan } from '../terminal/option-parsers.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb purge --older-than 30d        # lists them
  arb purge --older-than 30d --yes  # deletes them`;

type PurgeFlags = Omit<PurgeOptions, 'folder'> & { readonly json?: true };

export function addPurge({ program, shell, finish }: Cli): void {
  program
    .command('purge')
    .description(summaries.purge)
    .argument('[folder]', 'where the runs are', 'reports')
    .requiredOption('--older-than <time>', 'runs that ended before then, e.g. 30d or 12h', timeSpan)
    .option('--yes', 'delete them (default: list them only)')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action((folder: string, { json, ...options }: PurgeFlags) => {
      const result = purge({ folder, ...options }, shell);
      const { exitCode, ...shown } = result;
      if (json) sayJson(shell.stdout, shown);
      else for (const line of report(result, toCommand(folder, options))) say(shell.stdout, line);
      finish(exitCode);
    });
}

function report({ deleted, runs, refused, younger }: PurgeResult, command: string): string[] {
  const columns = [
    { title: 'run', align: 'left' as const },
    ...['ended', 'state', 'MB'].map((title) => ({ title })),
  ];
  const rows = runs.map(({ dir, at, state, bytes }) => [
    dir,
    at.slice(0, 10),
    state,
    (bytes / 1e6).toFixed(1),
  ]);
  const count = runs.length === 1 ? '1 run' : `${runs.length} runs`;
  return [
    ...(runs.length > 0 ? formatTable(columns, rows) : []),
    ...refused.map(({ why }) => `not deleted: ${why}`),
    `${count} ${deleted ? 'deleted' : 'old enough to delete'}, ${younger} younger`,
    ...(deleted || runs.length === 0 ? [] : ['nothing is deleted yet', `next: ${command} --yes`]),
  ];
}

function toCommand(folder: string, { olderThan }: PurgeFlags): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, ms] = units.find(([, ms]) => olderThan % ms === 0) ?? (['ms', 1] as const);
  const at = folder === 'reports' ? '' : ` ${folder}`;
  return `arb purge${at} --older-than ${olderThan / ms}${unit}`;
}
