import { UsageError } from '../../../errors.ts';
import type { HumanLabel } from '../../../judge/label/corrected.ts';
import {
  type LabelRow,
  labelRows,
  readLabel,
  readLabelSheet,
} from '../../../judge/label/label-sheet.ts';
import { chooseLabels, type LabelTask } from '../../../judge/label/labels.ts';
import { addLabels, writeLabelSheet } from '../../../store/labels.ts';
import { readLabels, readVerdicts } from '../../../store/rows.ts';
import { loadConfig } from '../../config/config.ts';
import { readInput } from '../../config/input.ts';
import { type RunTexts, readTexts } from './material.ts';

/** Which answers of a judged run are labelled. */
export interface LabelOptions {
  /** Answers to label. @default 150 */
  readonly count?: number;
  /** Of the choice and of the order. @default 1 */
  readonly seed?: number;
  /** Name of the annotator. */
  readonly by?: string;
  /** @default 'arb.yaml' */
  readonly config?: string;
  /** The workload of the run, where it has moved. */
  readonly workload?: string;
  /** As for the judging. @default quality.baseline, else recorded */
  readonly baseline?: string;
}

/** Answers to be labelled, blinded. */
export interface LabelSession {
  readonly rows: readonly LabelRow[];
  /** What is asked, by `label_id` of a row. */
  readonly tasks: ReadonlyMap<string, LabelTask>;
  /** What a person said of a task. */
  readonly read: typeof readLabel;
  /** Adds labels to the run. */
  keep(labels: readonly HumanLabel[]): void;
}

const defaults = { count: 150, seed: 1 } as const satisfies LabelOptions;

/** Chooses the answers; what is labelled already is not asked again. @throws UsageError where none was judged. */
export async function openLabels(dir: string, options: LabelOptions): Promise<LabelSession> {
  const texts = await readRunTexts(dir, options);
  const tasks = await openTasks(dir, options, texts);
  const rows = toSheet(tasks, texts);
  if (rows.length === 0) {
    throw new UsageError(
      `${dir}: no judge scored an answer here, and checks need no labels. Where judges are to score some, name them in quality.judges and run "arb judge ${dir}" first.`,
    );
  }
  return {
    rows,
    tasks: new Map(tasks.map((task) => [task.label_id, task])),
    read: readLabel,
    keep: (labels) => keep(dir, labels, options),
  };
}

/** Writes the answers to be labelled as CSV; gives back their number. */
export async function writeLabels(
  dir: string,
  sheet: string,
  options: LabelOptions,
): Promise<number> {
  const { rows } = await openLabels(dir, options);
  writeLabelSheet(sheet, rows);
  return rows.length;
}

/** Reads the labels of a filled sheet into the run; gives back their number. @throws UsageError */
export async function importLabels(
  dir: string,
  sheet: string,
  options: LabelOptions,
): Promise<number> {
  const texts = await readRunTexts(dir, options);
  const verdicts = await Array.fromAsync(readVerdicts(dir));
  const { seed = defaults.seed } = options;
  const tasks = chooseLabels(verdicts, { count: verdicts.length, seed, taskOf: taskOf(texts) });
  const labels = readLabelSheet(readInput(sheet), tasks, sheet);
  keep(dir, labels, options);
  return labels.length;
}

function readRunTexts(
  dir: string,
  { config, workload, baseline }: LabelOptions,
): Promise<RunTexts> {
  const loaded = loadConfig(config);
  const compared = baseline ?? loaded.config.quality.baseline ?? 'recorded';
  return readTexts({ dir, workload, baseline: compared, targets: loaded.targets });
}

const taskOf =
  ({ requests }: RunTexts) =>
  (requestId: string) =>
    requests.get(requestId)?.task;

/** The same tasks for the same seed and count, without those that are labelled already. */
async function openTasks(
  dir: string,
  { count = defaults.count, seed = defaults.seed }: LabelOptions,
  texts: RunTexts,
): Promise<readonly LabelTask[]> {
  const verdicts = await Array.fromAsync(readVerdicts(dir));
  const choice = { seed, taskOf: taskOf(texts) };
  const all = chooseLabels(verdicts, { ...choice, count: verdicts.length });
  const labelled = new Set<string>();
  for await (const known of readLabels(dir)) labelled.add(placeOf(known));
  const done = new Set(all.filter((task) => labelled.has(placeOf(task))).map((t) => t.label_id));
  return chooseLabels(verdicts, { ...choice, count, done });
}

function keep(dir: string, labels: readonly HumanLabel[], { by }: LabelOptions): void {
  addLabels(
    dir,
    labels.map((each) => (by === undefined ? each : { ...each, by })),
  );
}

const placeOf = (row: { request_id: string; target: string; pass: number }) =>
  JSON.stringify([row.request_id, row.target, row.pass]);

function toSheet(tasks: readonly LabelTask[], texts: RunTexts): readonly LabelRow[] {
  const answers = new Map(texts.rows.map((row) => [placeOf(row), row]));
  return labelRows(tasks, {
    request: (id) => texts.requests.get(id),
    answer: (task) => answers.get(placeOf(task)),
    reference: texts.referenceOf,
  });
}
