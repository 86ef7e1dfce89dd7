import { createInterface } from 'node:readline/promises';
import { importLabels, openLabels, writeLabels } from '../../../command/measure/judge/label.ts';
import { exitCodes } from '../../../errors.ts';
import type { HumanLabel, LabelOptions, LabelRow, LabelSession } from '../../../index.ts';
import type { Cli } from '../../terminal/cli.ts';
import { wholeNumber } from '../../terminal/option-parsers.ts';
import { type Shell, say, sayJson } from '../../terminal/shell.ts';
import { summaries } from '../../terminal/summaries.ts';

const example = `
Example:
  arb label reports/nightly --count 150                  # asks on the terminal
  arb label reports/nightly --count 150 --sheet sheet.csv  # for a spreadsheet
  arb label reports/nightly --read sheet.csv`;

type LabelFlags = LabelOptions & {
  readonly sheet?: string;
  readonly read?: string;
  readonly json?: boolean;
};

export function addLabel({ program, shell, finish }: Cli): void {
  program
    .command('label')
    .description(summaries.label)
    .argument('<run>', 'a run directory that was judged')
    .option('--count <n>', 'answers to label', wholeNumber(2), 150)
    .option('--seed <n>', 'seed of the choice and of the order', wholeNumber(0), 1)
    .option('--sheet <file>', 'write them as CSV (default: ask here)')
    .option('--read <file>', 'read the labels of a filled sheet, e.g. sheet.csv')
    .option('--by <name>', 'name of the annotator, e.g. ana')
    .option('--config <file>', 'arb.yaml of the run (default: arb.yaml)')
    .option(
      '--workload <file>',
      'the workload of the run, where it has moved (default: as its manifest says)',
    )
    .option(
      '--baseline <name>',
      'recorded, or the target that the judging compared with (default: quality.baseline)',
    )
    .option('--json', 'print the number of labels as JSON')
    .addHelpText('after', example)
    .action(async (run: string, { json, ...flags }: LabelFlags) => {
      const { labels, text } = await label(run, flags, shell);
      if (json) sayJson(shell.stdout, { labels });
      else say(shell.stdout, text);
      finish(exitCodes.ok);
    });
}

async function label(
  dir: string,
  { sheet, read, ...options }: LabelFlags,
  shell: Shell,
): Promise<{ labels: number; text: string }> {
  if (sheet !== undefined) {
    const count = await writeLabels(dir, sheet, options);
    const fill = 'fill the column "verdict" with first, second, tie or skip';
    const text = `wrote ${count} answers to ${sheet}; ${fill} (a rubric: 1 to 5)\nnext: arb label ${dir} --read ${sheet}`;
    return { labels: 0, text };
  }
  const labels =
    read === undefined
      ? await labelHere(dir, options, shell)
      : await importLabels(dir, read, options);
  return { labels, text: `kept ${labels} labels in ${dir}\nnext: arb judge ${dir}` };
}

async function labelHere(dir: string, options: LabelOptions, shell: Shell): Promise<number> {
  const session = await openLabels(dir, options);
  const labels = await askOnTerminal(session, shell);
  session.keep(labels);
  return labels.length;
}

/** Asks one answer after the other until all are labelled or the person has enough. */
async function askOnTerminal(
  { rows, tasks, read }: LabelSession,
  shell: Shell,
): Promise<HumanLabel[]> {
  const terminal = createInterface({ input: shell.stdin, output: shell.stderr });
  const labels: HumanLabel[] = [];
  for (const [index, row] of rows.entries()) {
    const task = tasks.get(row.label_id);
    if (!task) continue;
    for (const line of shown(row, index, rows.length)) say(shell.stderr, line);
    const question = task.kind === 'rubric' ? '1 to 5' : '1, 2, tie';
    for (;;) {
      const said = await terminal.question(`${question}, skip or quit? `);
      if (said.trim() === 'quit') {
        terminal.close();
        return labels;
      }
      const label = read(task, said);
      if (label === 'skipped') break;
      if ('fault' in label) say(shell.stderr, label.fault);
      else {
        labels.push(label);
        break;
      }
    }
  }
  terminal.close();
  return labels;
}

function shown(row: LabelRow, index: number, count: number): string[] {
  return [
    '',
    `── ${index + 1} of ${count} ──`,
    row.request,
    ...(row.rubric === '' ? [] : ['', '── what a good answer has ──', row.rubric]),
    '',
    row.second === '' ? '── answer ──' : '── answer 1 ──',
    row.first,
    ...(row.second === '' ? [] : ['', '── answer 2 ──', row.second]),
    '',
  ];
}
