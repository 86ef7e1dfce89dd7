import { existsSync } from 'node:fs';
import { jsonText } from '../../encode.ts';
import type { RequestSample, SampledCell, SampledRequest } from '../../report/data/report-data.ts';
import type { Manifest } from '../../store/manifest.ts';
import { readAnswers } from '../../store/rows.ts';
import { listTexts } from '../../workload/features.ts';
import { readWorkload, surveyWorkload } from '../../workload/read.ts';
import { toRunLimits } from '../config/run-limits.ts';
import { openRedaction, type Redaction } from '../measure/redact/redaction.ts';

/** Where the texts of a sample are, and what is taken out of them. */
export interface TextSource {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly config?: string;
  /** Run the command of arb.yaml that finds personal values. @default false */
  readonly allowCommands?: boolean;
}

/** A text longer than this, in characters, is cut: a page holds thousands. */
const longestText = 2_000;
/** All texts together, in bytes as a page holds them: it is to stay below 15 MB. */
const mostText = 9_000_000;

/**
 * Puts prompts and answers beside the figures of single requests, each redacted as `arb import --redact`
 * does. Prompts are left out where the workload is gone or is another file by now.
 *
 * @throws UsageError where arb.yaml names a pattern that is none, or a command that must not run.
 */
export async function addTexts(sample: RequestSample, source: TextSource): Promise<RequestSample> {
  const { config, allowCommands } = source;
  const redaction = openRedaction({
    redact: true,
    ...(config !== undefined && { config }),
    ...(allowCommands !== undefined && { allowCommands }),
  });
  if (!redaction) throw new Error('a redaction was asked for and not opened');
  try {
    const rows: Rows = new Map(
      sample.rows.map((row) => [row.id, { ...row, cells: [...row.cells] }]),
    );
    await addPrompts(rows, source.manifest, redaction);
    await addAnswers(rows, sample.targets, { dir: source.dir, redaction });
    return withinSize(sample, rows);
  } finally {
    redaction.close();
  }
}

/**
 * As many requests with texts as fit, of each reason alike; the rest keep their figures, and the sample
 * says how many have texts.
 */
function withinSize(sample: RequestSample, rows: Rows): RequestSample {
  const seen = new Map<SampledRequest['why'], number>();
  const ranked = sample.rows.map(({ id, why }) => {
    const rank = seen.get(why) ?? 0;
    seen.set(why, rank + 1);
    return { id, rank };
  });
  let [size, texts] = [0, 0];
  const kept = new Set<string>();
  for (const { id } of ranked.toSorted((a, b) => a.rank - b.rank)) {
    const row = rows.get(id);
    const said = [row?.prompt, ...(row?.cells.map((cell) => cell?.answer) ?? [])];
    size += said.reduce((sum, text) => sum + (text ? jsonText(text).length : 0), 0);
    if (size > mostText) break;
    kept.add(id);
    texts += 1;
  }
  const shown = sample.rows.map((row) => (kept.has(row.id) && rows.get(row.id)) || row);
  return { ...sample, texts, rows: shown };
}

type Rows = Map<string, Omit<SampledRequest, 'cells'> & { cells: (SampledCell | undefined)[] }>;

async function addPrompts(rows: Rows, manifest: Manifest, redaction: Redaction): Promise<void> {
  const { workload } = manifest;
  const limits = toRunLimits(manifest);
  if (!existsSync(workload.file)) return;
  if ((await surveyWorkload(workload.file, { limits })).hash !== workload.hash) return;
  for await (const { id, body } of readWorkload(workload.file, limits)) {
    const row = rows.get(id);
    if (!row) continue;
    const said = body.messages.map((one) => `${one.role}: ${listTexts(one).join('\n')}`);
    const text = await redactText(said.join('\n\n'), redaction);
    rows.set(id, { ...row, prompt: cut(text) });
  }
}

async function addAnswers(
  rows: Rows,
  targets: readonly string[],
  { dir, redaction }: { readonly dir: string; readonly redaction: Redaction },
): Promise<void> {
  for await (const { request_id, target, pass, answer } of readAnswers(dir)) {
    const row = rows.get(request_id);
    const at = targets.indexOf(target);
    const cell = row?.cells[at];
    if (!row || !cell || pass > 1) continue;
    const text = await redactText(answer, redaction);
    row.cells[at] = { ...cell, answer: cut(text) };
  }
}

async function redactText(text: string, redaction: Redaction): Promise<string> {
  const line: { readonly id?: string; readonly text: string } = { text };
  return (await redaction.redact(line)).text;
}

/** Cut after it is redacted, so that no half of a secret stays. */
const cut = (text: string) =>
  text.length > longestText
    ? `${text.slice(0, longestText).toWellFormed()} ... (${text.length} characters)`
    : text;
