import { createHash } from 'node:crypto';
import { UsageError } from '../../errors.ts';
import { oneLine } from '../../lines.ts';
import { openTable } from '../../table/rows.ts';
import type { Row, Source } from '../../table/source.ts';
import { findFault } from '../line.ts';
import { type FormatName, formats } from './formats.ts';
import { type Recognised, recognise } from './recognise.ts';
import type {
  DropReason,
  Imported,
  ImportedLine,
  ImportedOutcome,
  LogReader,
} from './record/format.ts';

export interface ImportOptions {
  /** The format of all files. @default recognised by content, file by file */
  readonly from?: FormatName;
  /** What is done to each request before it gets an id, such as redaction. @default nothing */
  readonly prepare?: (line: ImportedLine) => ImportedLine | Promise<ImportedLine>;
}

/** What an import yields, in order. */
export type ImportEvent =
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly format: FormatName;
      readonly form: string;
      readonly runnerUp?: FormatName;
    }
  | { readonly kind: 'request'; readonly line: ImportedLine }
  | { readonly kind: 'outcome'; readonly row: ImportedOutcome }
  | {
      readonly kind: 'dropped';
      readonly reason: DropReason;
      readonly why?: string;
      readonly file?: string;
      readonly line?: number;
    };

/** Records that are looked at before a format is chosen. */
const SAMPLE = 50;

/**
 * Reads logs as requests, in bounded memory, file by file. Nothing is filled in: a row that is not a
 * request is dropped with a reason. The same request in two files, or twice in one, is dropped as a
 * duplicate by its id.
 * @throws UsageError where a file cannot be read, or is of no format that is known.
 */
export async function* importLogs(
  sources: readonly Source[],
  options: ImportOptions = {},
): AsyncGenerator<ImportEvent> {
  const readers = new Map<FormatName, LogReader>();
  const toEvent = eventMaker(options.prepare ?? ((line) => line));
  let makes: string | undefined;
  for (const source of sources) {
    const opened = await open(source, options.from);
    const { format } = opened;
    makes ??= formats[format].makes;
    if (formats[format].makes !== makes) {
      throw new UsageError(
        `${source.name}: ${formats[format].title} become ${formats[format].makes}, the files before it ${makes}. Import them one by one.`,
      );
    }
    const { runnerUp } = opened;
    yield {
      kind: 'file',
      file: source.name,
      format,
      form: opened.form,
      ...(runnerUp && { runnerUp }),
    };
    const reader = readers.get(format) ?? formats[format].createReader();
    readers.set(format, reader);
    for await (const rows of opened.rows) {
      for (const row of rows) {
        const place = { file: source.name, line: row.line };
        if (row.fault !== undefined) {
          yield { kind: 'dropped', reason: 'not readable', why: row.fault, ...place };
          continue;
        }
        for (const each of reader.read(row.value)) yield await toEvent(each, place);
      }
    }
  }
  for (const reader of readers.values()) {
    for (const each of reader.end?.() ?? []) yield await toEvent(each);
  }
}

interface Place {
  readonly file: string;
  readonly line: number;
}

/** Drops a request that was met before, and gives one without an id the id of what it asks. */
function eventMaker(prepare: NonNullable<ImportOptions['prepare']>) {
  const met = new Set<string>();
  const given = new Map<string, number>();
  const finish = (line: ImportedLine, place: Place | undefined): ImportEvent => {
    // A log may hold anything where a body has messages; what is written must be a workload.
    const fault = isPlain(line) ? undefined : findFault(line);
    if (fault !== undefined)
      return { kind: 'dropped', reason: 'not readable', why: fault, ...place };
    if (line.id !== undefined) return { kind: 'request', line };
    // The id is made of what is written: it must not tell what was redacted.
    const id = contentId(line);
    const before = given.get(id) ?? 0;
    given.set(id, before + 1);
    return { kind: 'request', line: { id: before === 0 ? id : `${id}-${before + 1}`, ...line } };
  };
  return (imported: Imported, place?: Place): ImportEvent | Promise<ImportEvent> => {
    if (imported.state === 'outcome') return { kind: 'outcome', row: imported.row };
    if (imported.state === 'dropped') {
      const { reason, why } = imported;
      return { kind: 'dropped', reason, ...(why !== undefined && { why }), ...place };
    }
    const named = withPlainNames(imported.line);
    const key = named.id ?? contentId(named);
    if (met.has(key)) return { kind: 'dropped', reason: 'duplicate', ...place };
    met.add(key);
    const line = prepare(named);
    return line instanceof Promise
      ? line.then((prepared) => finish(prepared, place))
      : finish(line, place);
  };
}

const names = ['id', 'task', 'session', 'group'] as const;
const controls = /\p{Cc}/u;

/** A line whose names have no control characters, as those of a workload must not; one of nothing else is none. */
function withPlainNames(line: ImportedLine): ImportedLine {
  const said: Partial<Record<string, unknown>> = { ...line };
  const changed = names.flatMap((name) => {
    const text = said[name];
    if (typeof text !== 'string' || !controls.test(text)) return [];
    return [[name, oneLine(text).trim() || undefined] as const];
  });
  return changed.length === 0 ? line : { ...line, ...Object.fromEntries(changed) };
}

/**
 * Whether the part of a line that comes from the log as it stands is a chat of texts, as most are. The
 * schema, which decides on all others, copies a line and takes a tenth of the time of an import.
 */
function isPlain({ id, at_ms, expect, request }: ImportedLine): boolean {
  const { messages, tools, max_tokens: limit } = request;
  return (
    expect === undefined &&
    (id === undefined || (typeof id === 'string' && id !== '' && id.isWellFormed())) &&
    (at_ms === undefined || at_ms >= 0) &&
    (tools === undefined || Array.isArray(tools)) &&
    (limit === undefined || (Number.isSafeInteger(limit) && Number(limit) > 0)) &&
    Array.isArray(messages) &&
    messages.length > 0 &&
    messages.every((each) => typeof each?.role === 'string' && typeof each.content === 'string')
  );
}

/** A request without an id is known by what it asks, where and when: importing it again gives the same id. */
function contentId({ request, session, at_ms }: ImportedLine): string {
  const text = JSON.stringify([request, session, at_ms]);
  return `r-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

interface Opened {
  readonly format: FormatName;
  readonly form: string;
  readonly runnerUp?: FormatName;
  readonly rows: AsyncIterable<readonly Row[]>;
}

async function open(source: Source, from: FormatName | undefined): Promise<Opened> {
  const table = await openTable(source);
  if (from !== undefined) return { format: from, form: table.form, rows: table.rows() };
  const rows = table.rows();
  const first: (readonly Row[])[] = [];
  let seen = 0;
  while (seen < SAMPLE) {
    const { value, done } = await rows.next();
    if (done) break;
    first.push(value);
    seen += value.length;
  }
  const values = first
    .flat()
    .slice(0, SAMPLE)
    .map((row) => row.value);
  const found = recognise(values.filter((value) => value !== undefined));
  if (found.state !== 'known') throw notKnown(source, found, first.flat());
  async function* all() {
    yield* first;
    yield* rows;
  }
  const runnerUp = found.runnerUp && { runnerUp: found.runnerUp.name };
  return { format: found.name, form: table.form, rows: all(), ...runnerUp };
}

function notKnown(
  source: Source,
  found: Exclude<Recognised, { state: 'known' }>,
  rows: readonly Row[],
): UsageError {
  if (found.state === 'refused') {
    return new UsageError(`${source.name}: ${found.title}. ${found.instead}`);
  }
  const fault = rows.find((row) => row.fault !== undefined);
  if (fault && rows.every((row) => row.fault !== undefined)) {
    return new UsageError(
      `${source.name}:${fault.line}: ${fault.fault}. Give a log, or name its format with --from.`,
    );
  }
  const keys = Object.keys((rows.find((row) => row.value !== undefined)?.value as object) ?? {});
  const shown = keys.slice(0, 8).join(', ') || 'no keys';
  return new UsageError(
    `${source.name}: records of no format that arb knows (keys: ${shown}). Name it with --from ${Object.keys(formats).join('|')}, or write lines with "request" or "prompt".`,
  );
}
