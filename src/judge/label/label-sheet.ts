import { CsvError, parse } from 'csv-parse/sync';
import { UsageError } from '../../errors.ts';
import type { WorkloadRequest } from '../../workload/request.ts';
import type { AnswerRow, ReferenceState } from '../panel/comparison.ts';
import { conversationParts } from '../panel/conversation.ts';
import { shownText } from '../panel/shown.ts';
import type { HumanLabel } from './corrected.ts';
import type { LabelTask } from './labels.ts';

/** What a person sees of one task; the names of targets are not in it. */
export interface LabelRow {
  readonly label_id: string;
  readonly request: string;
  /** Under a rubric: what a good answer has. */
  readonly rubric: string;
  readonly first: string;
  readonly second: string;
  /** Left open: `first`, `second` or `tie`; under a rubric 1 to 5; `skip` or nothing to pass. */
  readonly verdict: string;
}

/** The texts behind the tasks. */
export interface LabelSources {
  readonly request: (requestId: string) => WorkloadRequest | undefined;
  readonly answer: (task: LabelTask) => AnswerRow | undefined;
  readonly reference: (requestId: string) => ReferenceState;
}

/** The sheet for the tasks, as rows for a CSV file or a screen. Tasks without texts are left out. */
export function labelRows(tasks: readonly LabelTask[], sources: LabelSources): readonly LabelRow[] {
  return tasks.flatMap((task) => {
    const request = sources.request(task.request_id);
    const answer = sources.answer(task);
    const reference = sources.reference(task.request_id);
    if (!request || !answer) return [];
    const base = {
      label_id: task.label_id,
      request: conversationParts(request)
        .map(({ title, text }) => `[${title}]\n${text}`)
        .join('\n\n'),
      verdict: '',
    };
    const candidate = answerText(answer);
    if (task.kind === 'rubric') {
      const rubric = request.expect.flatMap((each) => ('rubric' in each ? [each.rubric] : []));
      return [{ ...base, rubric: rubric.join('\n'), first: candidate, second: '' }];
    }
    if (typeof reference !== 'object') return [];
    const opponent = answerText(reference);
    const [first, second] =
      task.first === 'candidate' ? [candidate, opponent] : [opponent, candidate];
    return [{ ...base, rubric: '', first, second }];
  });
}

/**
 * A label from what a person said of a task: `first`, `second` or `tie` of a pair (scores 1, 0 and 0.5
 * from the candidate's side), 1 to 5 of a rubric (scores 0 to 1 in quarters). `skipped` where nothing
 * or `skip` was said; a fault, in words, where it is none of these.
 */
export function readLabel(
  task: LabelTask,
  said: string,
): HumanLabel | 'skipped' | { readonly fault: string } {
  const verdict = said.trim().toLowerCase();
  const { request_id, target, pass } = task;
  if (verdict === '' || verdict === 'skip') return 'skipped';
  if (task.kind === 'rubric') {
    if (!/^[1-5]$/.test(verdict)) return { fault: `"${said}" is not a score from 1 to 5` };
    return { request_id, target, pass, score: (Number(verdict) - 1) / 4 };
  }
  const known = { first: 'first', '1': 'first', second: 'second', '2': 'second', tie: 'tie' };
  const won = Object.entries(known).find(([word]) => word === verdict)?.[1];
  if (won === undefined) return { fault: `"${said}" is not first, second, tie or skip` };
  const candidate = task.first === 'candidate' ? 'first' : 'second';
  return { request_id, target, pass, score: won === 'tie' ? 0.5 : won === candidate ? 1 : 0 };
}

/**
 * Reads a filled sheet: a CSV with the columns `label_id` and `verdict`, whatever else it has, split
 * by commas, semicolons or tabs. Throws `UsageError` that names every bad line.
 */
export function readLabelSheet(
  csv: string,
  tasks: readonly LabelTask[],
  file: string,
): readonly HumanLabel[] {
  const known = new Map(tasks.map((task) => [task.label_id, task]));
  const seen = new Map<string, string>();
  const faults: string[] = [];
  const labels = readRows(csv, file).flatMap(({ record, line }) => {
    const fault = (what: string) => {
      faults.push(`${file}:${line}: ${what}.`);
      return [];
    };
    const { label_id = '', verdict } = record;
    const task = known.get(label_id);
    if (verdict === undefined) return fault('has no column "verdict"');
    if (!task) return fault(`label_id "${label_id}" is not one of this run's tasks`);
    const before = seen.get(label_id);
    if (before !== undefined && before !== verdict) return fault(`"${label_id}" has two verdicts`);
    seen.set(label_id, verdict);
    const label = readLabel(task, verdict);
    if (label === 'skipped' || before !== undefined) return [];
    return 'fault' in label ? fault(label.fault) : [label];
  });
  if (faults.length > 0) throw new UsageError(`${faults.join('\n')}\nMend these lines.`);
  return labels;
}

interface SheetRow {
  readonly record: Readonly<Record<string, string>>;
  readonly line: number;
}

/** Characters: a prompt and two answers as they are shown to people, three times over. */
const longestRow = 1_000_000;

function readRows(csv: string, file: string): readonly SheetRow[] {
  try {
    const rows = parse(csv, {
      bom: true,
      columns: true,
      delimiter: findDelimiter(csv),
      info: true,
      max_record_size: longestRow,
      skip_empty_lines: true,
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    return rows.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new UsageError(`${file}: not a CSV file: ${cause.message}`, { cause });
  }
}

/** Spreadsheets of some countries write semicolons; the header's first one tells. */
function findDelimiter(csv: string): string {
  const [header = ''] = csv.split(/\r?\n/, 1);
  return /[,;\t]/.exec(header)?.[0] ?? ',';
}

function answerText({
  answer,
  tool_calls = [],
}: Omit<AnswerRow, 'request_id' | 'target' | 'pass'>) {
  const calls = tool_calls.map((call) => `[calls ${call.name}(${call.arguments})]`);
  return shownText([answer, ...calls].filter((text) => text !== '').join('\n'));
}
