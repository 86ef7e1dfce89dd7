import { createHash, type Hash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { UsageError, WorkloadError } from '../errors.ts';
import { splitLines } from '../lines.ts';
import { inputTokens } from './features.ts';
import { defaultReadingLimits, type ReadingLimits } from './limits.ts';
import { parseKnownLine, parseLine } from './line.ts';
import type { WorkloadRequest } from './request.ts';

/** What a first reading of a workload finds, before anything is sent. */
export interface Survey {
  readonly file: string;
  /** What errors call it; differs from `file` where that is a copy of what was given. */
  readonly name: string;
  /** `sha256-` and 64 hex digits, over the bytes of the file. */
  readonly hash: string;
  /** Changes with the file. */
  readonly stamp: string;
  /** What it was read within, and is read again. */
  readonly limits: ReadingLimits;
  readonly requests: number;
  readonly invalid: readonly WorkloadError[];
  /** Sum of the feature over all requests. */
  readonly inputTokens: number;
  readonly withExpectation: number;
  readonly withRecordedAnswer: number;
}

/** Reported one by one up to here; beyond it the file is probably of another kind. */
const MOST_REPORTED = 20;

export interface SurveyOptions {
  /** What errors call the file. @default its path */
  readonly name?: string;
  /** @default defaultReadingLimits */
  readonly limits?: ReadingLimits;
}

/** Reads the whole file once: counts it, hashes it, and finds every bad line. */
export async function surveyWorkload(
  file: string,
  { name = file, limits = defaultReadingLimits }: SurveyOptions = {},
): Promise<Survey> {
  const stamp = readStamp(file);
  const hash = createHash('sha256');
  const invalid: WorkloadError[] = [];
  const counts = { requests: 0, inputTokens: 0, withExpectation: 0, withRecordedAnswer: 0 };
  const read = itemReader(name, limits);
  const bytes = hashed(createReadStream(file), hash);
  for await (const lines of readLines(file, limits, bytes)) {
    for (const text of lines) {
      const item = read(text);
      if (item === undefined) continue;
      if (item instanceof WorkloadError) {
        invalid.push(item);
        continue;
      }
      counts.requests += 1;
      counts.inputTokens += inputTokens(item.body);
      if (item.expect.length > 0) counts.withExpectation += 1;
      if (item.recorded?.answer !== undefined) counts.withRecordedAnswer += 1;
    }
  }
  if (counts.requests === 0 && invalid.length === 0) {
    throw new UsageError(
      `${name}: there is no request in it. Give a workload with one request a line, e.g. {"prompt":"Hello"}.`,
    );
  }
  return { file, name, hash: `sha256-${hash.digest('hex')}`, stamp, limits, ...counts, invalid };
}

/** Throws what a survey found wrong, every bad line with its own place and next step. */
export function refuseInvalid(survey: Survey): void {
  if (survey.invalid.length === 0) return;
  // One fault in every line is one thing to correct: its other lines are counted.
  const alike = Map.groupBy(survey.invalid, ({ what }) => what);
  const shown: string[] = [];
  let rest = survey.invalid.length;
  for (const [first, ...others] of [...alike.values()].slice(0, MOST_REPORTED)) {
    const same = others.length === 0 ? '' : ` The same in ${countLines(others.length)} more.`;
    if (first) shown.push(`${first.message}${same}`);
    rest -= 1 + others.length;
  }
  if (rest > 0) shown.push(`${survey.name}: and ${rest} more bad lines.`);
  throw new UsageError(shown.join('\n'));
}

const countLines = (n: number) => (n === 1 ? '1 line' : `${n} lines`);

/**
 * The requests of a workload in file order, as a stream; bad lines are left out.
 *
 * @param limits @default 64 MB a line, 64 levels
 * @throws UsageError where the file cannot be read, WorkloadError at a line that is too long
 */
export async function* readWorkload(
  file: string,
  limits: ReadingLimits = defaultReadingLimits,
): AsyncGenerator<WorkloadRequest> {
  const read = itemReader(file, limits);
  for await (const lines of readLines(file, limits)) {
    for (const text of lines) {
      const item = read(text);
      if (item !== undefined && !(item instanceof WorkloadError)) yield item;
    }
  }
}

/**
 * The requests of a surveyed workload, as many at once as a piece of the file holds: what the survey
 * let pass is not checked again, what it did not is left out.
 * @throws UsageError where the file is not the one that was surveyed.
 */
export async function* rereadWorkload(
  survey: Pick<Survey, 'file' | 'stamp' | 'limits' | 'invalid'>,
): AsyncGenerator<readonly WorkloadRequest[]> {
  const { file, limits } = survey;
  refuseChanged(survey);
  const invalid = new Set(survey.invalid.map((error) => error.line));
  let line = 0;
  for await (const lines of readLines(file, limits)) {
    const requests: WorkloadRequest[] = [];
    for (const text of lines) {
      line += 1;
      if (invalid.has(line) || text.trim() === '') continue;
      const request = parseKnownLine(text, line);
      if (request) requests.push(request);
    }
    yield requests;
  }
}

/** Reads the lines of a file one after the other; nothing where a line holds no request. */
function itemReader(
  file: string,
  limits: ReadingLimits,
): (text: string) => WorkloadRequest | WorkloadError | undefined {
  const lineOfId = new Map<string, number>();
  let line = 0;
  return (text) => {
    line += 1;
    if (text.trim() === '') return undefined;
    const parsed = parseLine(text, line, limits);
    if (parsed.state === 'header') return undefined;
    if (parsed.state === 'invalid') {
      const next = 'Correct or remove the line, or pass --skip-invalid to leave it out.';
      return new WorkloadError(
        { file, line },
        `${/[.?!]$/.test(parsed.what) ? parsed.what : `${parsed.what}.`} ${next}`,
      );
    }
    const { request } = parsed;
    const earlier = lineOfId.get(request.id);
    if (earlier !== undefined) {
      const what = `the id "${request.id}" is already used at line ${earlier}`;
      const next = 'Give every request an id of its own, or none.';
      return new WorkloadError({ file, line }, `${what}. ${next}`);
    }
    lineOfId.set(request.id, line);
    return request;
  };
}

/** The lines of a workload as it is stored; the first that is too long ends the reading. */
async function* readLines(
  file: string,
  { lineCharacters: longest }: ReadingLimits,
  bytes: AsyncIterable<Buffer> = createReadStream(file),
): AsyncGenerator<readonly string[]> {
  let line = 0;
  try {
    for await (const lines of splitLines(bytes, longest)) {
      for (const { length } of lines) {
        line += 1;
        if (length <= longest) continue;
        const what = `the line has more than ${longest / 2 ** 20} MB (limits.workload_line_mb)`;
        throw new WorkloadError({ file, line }, `${what}. Shorten it.`);
      }
      yield lines;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The same bytes, counted into the hash as they pass. */
async function* hashed(bytes: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    hash.update(piece);
    yield piece;
  }
}

/** @throws UsageError where the file is not the one that was surveyed. */
export function refuseChanged({ file, stamp }: Pick<Survey, 'file' | 'stamp'>): void {
  if (readStamp(file) === stamp) return;
  throw new UsageError(`${file}: has changed since it was checked. Start again.`);
}

function readStamp(file: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(file);
    return [size, mtimeMs, ino].join('/');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The same in words, where it comes from the file system. */
function unreadable(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
  return new UsageError(`${file}: ${why}. Check the path of the workload.`, { cause: error });
}
