import { createReadStream } from 'node:fs';
import { UsageError } from '../../../errors.ts';
import { answerRow } from '../../../judge/answer-row.ts';
import type { CheckCommand } from '../../../judge/check/command.ts';
import type { AnswerRow } from '../../../judge/panel/comparison.ts';
import { findReferences } from '../../../judge/references.ts';
import { RECORDED } from '../../../outcome/recorded.ts';
import { inferMaker as makerOfModel } from '../../../provider/target/makers.ts';
import type { Target } from '../../../provider/target/target.ts';
import { readAnswers, readOutcomeRows } from '../../../store/rows.ts';
import { readManifest } from '../../../store/run.ts';
import { readJsonLines } from '../../../table/lines.ts';
import { readWorkload, surveyWorkload } from '../../../workload/read.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';
import { toRunLimits } from '../../config/run-limits.ts';

/** The texts of a run: what was asked, what was answered, and what answers are compared with. */
export interface RunTexts {
  readonly requests: ReadonlyMap<string, WorkloadRequest>;
  readonly rows: readonly AnswerRow[];
  readonly referenceOf: ReturnType<typeof findReferences>;
  readonly makerOf: (target: string) => string;
  readonly commands?: Readonly<Record<string, CheckCommand>>;
}

export interface TextSources {
  readonly dir: string;
  readonly workload?: string | undefined;
  /** Answers of another tool, with at least request_id, target, answer. */
  readonly answers?: string | undefined;
  readonly baseline: string;
  readonly targets: readonly Target[];
}

/** Reads them. @throws UsageError where the workload is not the one of the run, or answers lack. */
export async function readTexts(sources: TextSources): Promise<RunTexts> {
  const { dir, baseline, targets } = sources;
  const rows = await readJudgedAnswers(sources);
  const requests = await readRequests(sources, new Set(rows.map((row) => row.request_id)));
  for (const { id, recorded } of requests.values()) {
    if (recorded?.answer === undefined) continue;
    rows.push({ request_id: id, target: RECORDED, pass: 1, answer: recorded.answer });
  }
  const makers = new Map(targets.map(({ name, maker }) => [name, maker]));
  const makerOf = (target: string) => makers.get(target) ?? makerOfModel(target);
  const failed = new Set<string>();
  for await (const row of readOutcomeRows(dir)) {
    if (row.target === baseline && row.status === 'failed') failed.add(row.request_id);
  }
  const referenceOf = findReferences({ requests, rows, baseline, makerOf, failed });
  return { requests, rows, referenceOf, makerOf };
}

async function readJudgedAnswers({ dir, answers }: TextSources): Promise<AnswerRow[]> {
  const rows =
    answers === undefined ? await Array.fromAsync(readAnswers(dir)) : await otherAnswers(answers);
  if (rows.length === 0) {
    // Says where there is no run at all.
    readManifest(dir);
    throw new UsageError(
      `${dir}: holds no answers (was it made with --no-answers?). Measure again, or give --answers.`,
    );
  }
  return rows;
}

/** Answers of another tool. @throws UsageError naming the first line that is none. */
async function otherAnswers(file: string): Promise<AnswerRow[]> {
  const rows: AnswerRow[] = [];
  for await (const piece of readJsonLines({ name: file, open: () => createReadStream(file) })) {
    for (const { value, line } of piece) {
      // What is no JSON has no value, which `answerRow` refuses with its place.
      const row = answerRow(value, { file, line });
      if (row) rows.push(row);
    }
  }
  return rows;
}

async function readRequests(
  { dir, workload }: TextSources,
  wanted: ReadonlySet<string>,
): Promise<Map<string, WorkloadRequest>> {
  const manifest = readManifest(dir);
  const { workload: then } = manifest;
  const limits = toRunLimits(manifest);
  const file = workload ?? then.file;
  const { hash } = await surveyWorkload(file, { limits });
  if (hash !== then.hash) {
    throw new UsageError(
      `${file}: is not the workload this run was made with. Give that one with --workload.`,
    );
  }
  const requests = new Map<string, WorkloadRequest>();
  for await (const request of readWorkload(file, limits)) {
    if (wanted.has(request.id)) requests.set(request.id, request);
  }
  return requests;
}
