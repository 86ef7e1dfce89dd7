import { UsageError } from '../../../errors.ts';
import { limitHeapGrowth } from '../../../replay/thread/memory.ts';
import { StreamFile } from '../../../store/file/stream-file.ts';
import { type FormatName, formatNames } from '../../../workload/import/formats.ts';
import { type ImportEvent, importLogs } from '../../../workload/import/import-logs.ts';
import type { CommandContext } from '../../context.ts';
import { openRedaction, type RedactionOptions } from '../redact/redaction.ts';
import { openLogSources } from './log-sources.ts';
import { type SuggestedChecks, suggestChecks } from './suggest-checks.ts';

/** The names that `from` takes. */
export const logFormats: readonly FormatName[] = formatNames;

export interface ImportLogOptions extends RedactionOptions {
  /** What is written. */
  readonly out: string;
  /** The format of all files. @default recognised by content, file by file */
  readonly from?: FormatName;
  /** Give requests the checks that their recorded answers make safe. @default false */
  readonly suggestChecks?: boolean;
  /** Largest share of records that may be left out, from 0 to 1. @default 0.05 */
  readonly maxDropped?: number;
}

/** What an import came to. */
export interface ImportedLog {
  readonly out: string;
  readonly files: readonly Extract<ImportEvent, { kind: 'file' }>[];
  readonly makes: 'workload' | 'outcomes';
  /** Requests or outcomes written. */
  readonly written: number;
  /** What was left out, by reason, with the first place and why. */
  readonly dropped: readonly DroppedRecords[];
  /** Values that were redacted, by kind. */
  readonly redacted: ReadonlyMap<string, number>;
  /** Requests with an answer, a cost, a check: what the workload can be compared and priced with. */
  readonly withAnswer: number;
  readonly withCost: number;
  readonly withTask: number;
  /** Where they were asked for and the log became a workload. */
  readonly checks?: SuggestedChecks;
  /** Whether more was left out than `maxDropped`; what was written is kept. */
  readonly tooMany: boolean;
}

export interface DroppedRecords {
  readonly reason: string;
  readonly count: number;
  readonly why?: string;
  /** `file:line` of the first one. */
  readonly first?: string;
}

const MAX_DROPPED = 0.05;

/**
 * Reads other people's logs and writes a workload (or, from scores, an outcomes table). Nothing is
 * filled in; what is not a request is counted by its reason. Duplicates are not held against
 * `maxDropped`: the same log twice is no loss.
 * @throws UsageError where a file cannot be read or is of no known format; then nothing is written.
 */
export async function importLog(
  files: readonly string[],
  options: ImportLogOptions,
  context: Pick<CommandContext, 'stdin' | 'env'> & Partial<Pick<CommandContext, 'process'>>,
): Promise<ImportedLog> {
  // Rows are garbage as soon as they are written, and V8 would keep ten times what is alive.
  if (context.process === 'own') limitHeapGrowth();
  const { sources, release } = await openLogSources(files, context);
  const target = new StreamFile(options.out);
  const redaction = openRedaction(options);
  const tally = new Tally();
  try {
    const events = importLogs(sources, {
      ...(options.from !== undefined && { from: options.from }),
      ...(redaction && { prepare: (line) => redaction.redact(line) }),
    });
    for await (const event of events) {
      tally.add(event);
      if (event.kind === 'outcome') await target.write(JSON.stringify(event.row));
      if (event.kind === 'request') await target.write(JSON.stringify(event.line));
    }
    if (tally.isEmpty) {
      throw new UsageError(
        `${files.join(', ')}: there is no request in it. Give a log with records, or a workload with one request a line.`,
      );
    }
    await target.commit();
  } catch (error) {
    target.discard();
    throw error;
  } finally {
    redaction?.close();
    release();
  }
  const found = tally.result(options.maxDropped ?? MAX_DROPPED);
  const suggests = options.suggestChecks && found.makes === 'workload' && found.written > 0;
  const checks = suggests ? await suggestChecks(options.out) : undefined;
  return {
    out: options.out,
    ...found,
    ...(checks && { checks }),
    redacted: redaction?.counts ?? new Map(),
  };
}

/** Counts what an import yields. */
class Tally {
  readonly #files: Extract<ImportEvent, { kind: 'file' }>[] = [];
  readonly #dropped = new Map<
    string,
    { -readonly [K in keyof DroppedRecords]: DroppedRecords[K] }
  >();
  #makes: 'workload' | 'outcomes' = 'workload';
  #written = 0;
  #withAnswer = 0;
  #withCost = 0;
  #withTask = 0;

  /** Nothing was found, and nothing left out. */
  get isEmpty(): boolean {
    return this.#written === 0 && this.#dropped.size === 0;
  }

  add(event: ImportEvent): void {
    switch (event.kind) {
      case 'file':
        this.#files.push(event);
        return;
      case 'dropped':
        this.#drop(event);
        return;
      case 'outcome':
        this.#makes = 'outcomes';
        this.#written += 1;
        return;
      case 'request': {
        const { recorded, task } = event.line;
        this.#written += 1;
        if (recorded?.answer !== undefined) this.#withAnswer += 1;
        if (recorded?.cost_usd !== undefined) this.#withCost += 1;
        if (task !== undefined) this.#withTask += 1;
      }
    }
  }

  #drop({ reason, why, file, line }: Extract<ImportEvent, { kind: 'dropped' }>): void {
    const known = this.#dropped.get(reason);
    if (known) {
      known.count += 1;
      return;
    }
    const first = file === undefined ? undefined : `${file}:${line}`;
    this.#dropped.set(reason, {
      reason,
      count: 1,
      ...(why !== undefined && { why }),
      ...(first !== undefined && { first }),
    });
  }

  result(maxDropped: number) {
    const dropped = [...this.#dropped.values()].sort((a, b) => b.count - a.count);
    const lost = dropped
      .filter(({ reason }) => reason !== 'duplicate')
      .reduce((sum, { count }) => sum + count, 0);
    return {
      files: this.#files,
      makes: this.#makes,
      written: this.#written,
      dropped,
      withAnswer: this.#withAnswer,
      withCost: this.#withCost,
      withTask: this.#withTask,
      tooMany: this.#written === 0 || lost > maxDropped * (lost + this.#written),
    };
  }
}
