import { createInterface } from 'node:readline/promises';
import {
  addLabels,
  chooseLabels,
  exitCodes,
  type HumanLabel,
  type LabelRow,
  type LabelTask,
  labelRows,
  loadConfig,
  readInput,
  readLabel,
  readLabelSheet,
  readLabels,
  readVerdicts,
  requestKey,
  UsageError,
  writeLabelSheet,
} from '../../index.ts';
import { type Cli, wholeNumber } from '../cli.ts';
import { type RunTexts, readTexts } from '../judge/material.ts';
import { type Shell, say, sayJson } from '../shell.ts';

const example = `
Example:
  arb label reports/nightly --count 150                  # asks on the terminal
  arb label reports/nightly --count 150 --sheet sheet.csv  # for a spreadsheet
  arb label reports/nightly --read sheet.csv`;

interface LabelFlags {
  readonly count: number;
  readonly seed: number;
  readonly sheet?: string;
  readonly read?: string;
  readonly by?: string;
  readonly config?: string;
  readonly workload?: string;
  readonly baseline?: string;
  readonly json?: true;
}

export function addLabel({ program, shell, finish }: Cli): void {
  program
    .command('label')
    .description('collect human labels, blinded; they correct what judges say')
    .argument('<run>', 'a run directory that was judged')
    .option('--count <n>', 'answers to label', wholeNumber(2), 150)
    .option('--seed <n>', 'of the choice and the order', wholeNumber(0), 1)
    .option('--sheet <file>', 'write them as CSV instead of asking here')
    .option('--read <file>', 'read the labels of a filled sheet')
    .option('--by <name>', 'who labels')
    .option('--config <file>', 'arb.yaml of the run (default: arb.yaml)')
    .option('--workload <file>', 'the workload of the run, where it has moved')
    .option('--baseline <name>', 'as for the judging')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (run: string, flags: LabelFlags) => {
      const found = await label(run, flags, shell);
      if (flags.json) sayJson(shell.stdout, found);
      else say(shell.stdout, found.text);
      finish(exitCodes.ok);
    });
}

interface Labelled {
  readonly labels: number;
  readonly text: string;
}

async function label(dir: string, flags: LabelFlags, shell: Shell): Promise<Labelled> {
  const { config, targets } = loadConfig(flags.config);
  const baseline = flags.baseline ?? config.quality.baseline ?? 'recorded';
  const texts = await readTexts({ dir, workload: flags.workload, baseline, targets });
  const tasks = await tasksOf(dir, flags, texts);
  if (flags.read !== undefined) {
    return keep(dir, readLabelSheet(readInput(flags.read), tasks, flags.read), flags);
  }
  const rows = sheetOf(tasks, texts);
  if (rows.length === 0) {
    throw new UsageError(`${dir}: no answer was judged here. Run "arb judge ${dir}" first.`);
  }
  if (flags.sheet !== undefined) {
    writeLabelSheet(flags.sheet, rows);
    const fill = 'fill the column "verdict" with first, second, tie or skip';
    const text = `wrote ${rows.length} answers to ${flags.sheet}; ${fill} (a rubric: 1 to 5), then --read it`;
    return { labels: 0, text };
  }
  const labels = await askOnTerminal(rows, tasks, shell);
  return keep(dir, labels, flags);
}

function keep(dir: string, labels: readonly HumanLabel[], { by }: LabelFlags): Labelled {
  addLabels(
    dir,
    labels.map((each) => (by === undefined ? each : { ...each, by })),
  );
  return {
    labels: labels.length,
    text: `kept ${labels.length} labels in ${dir}; next: arb judge ${dir}`,
  };
}

/** The same tasks for the same seed and count; what is labelled already is not asked again. */
async function tasksOf(
  dir: string,
  { count, seed, read }: LabelFlags,
  { requests }: RunTexts,
): Promise<readonly LabelTask[]> {
  const verdicts = await Array.fromAsync(readVerdicts(dir));
  const taskOf = (requestId: string) => requests.get(requestId)?.task;
  const all = chooseLabels(verdicts, { count: verdicts.length, seed, taskOf });
  if (read !== undefined) return all;
  const labelled = new Set<string>();
  for await (const known of readLabels(dir)) labelled.add(requestKey(known));
  const done = new Set(all.filter((task) => labelled.has(requestKey(task))).map((t) => t.label_id));
  return chooseLabels(verdicts, { count, seed, taskOf, done });
}

function sheetOf(tasks: readonly LabelTask[], texts: RunTexts): readonly LabelRow[] {
  const answers = new Map(texts.rows.map((row) => [requestKey(row), row]));
  return labelRows(tasks, {
    request: (id) => texts.requests.get(id),
    answer: (task) => answers.get(requestKey(task)),
    reference: texts.referenceOf,
  });
}

/** Asks one answer after the other until all are labelled or the person has enough. */
async function askOnTerminal(
  rows: readonly LabelRow[],
  tasks: readonly LabelTask[],
  shell: Shell,
): Promise<HumanLabel[]> {
  const terminal = createInterface({ input: shell.stdin, output: shell.stderr });
  const byId = new Map(tasks.map((task) => [task.label_id, task]));
  const labels: HumanLabel[] = [];
  for (const [index, row] of rows.entries()) {
    const task = byId.get(row.label_id);
    if (!task) continue;
    for (const line of shown(row, index, rows.length)) say(shell.stderr, line);
    const question = task.kind === 'rubric' ? '1 to 5' : '1, 2, tie';
    for (;;) {
      const said = await terminal.question(`${question}, skip or quit? `);
      if (said.trim() === 'quit') {
        terminal.close();
        return labels;
      }
      const label = readLabel(task, said);
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
