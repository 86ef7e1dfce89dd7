import { closeSync, createReadStream, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { refuseTimeless } from './arrival.ts';
import { parseKnownLine } from './line.ts';
import { refuseChanged, type Survey } from './read.ts';
import type { WorkloadRequest } from './request.ts';

/**
 * In which order the requests of a workload are asked: in a random one, whole sessions together, so that
 * what an unfinished run holds is a random sample; or by recorded time. The turns of a session follow
 * their recorded times where all of them have one, as logs are often exported newest first; else the file.
 */
export type Arrangement =
  | { readonly kind: 'random'; readonly seed: number }
  | { readonly kind: 'time' };

/** Where the lines of a workload are in its file. */
interface LineIndex {
  readonly offsets: number[];
  readonly lengths: number[];
  readonly lines: number[];
  /** By line: its session, or itself. */
  readonly units: number[];
  /** Recorded times in ms; absent ones come last. */
  readonly times: number[];
}

const newline = 0x0a;

/** A file up to this many bytes is held as a whole: a read of the disk per request costs as much as its parsing. */
const mostHeld = 64 * 1_024 * 1_024;

/** One message to the measuring thread: at most so many requests, and not many more bytes than this. */
const pieceLength = 512;
const pieceBytes = 256 * 1_024;

/**
 * Reads the file once for the places of its lines, and then line by line in the order asked for, as
 * often as the result is called. `isPicked` is asked once for each line that holds a request.
 *
 * @throws UsageError where the file is not the one that was surveyed, or an order by time has to place
 *   a request without one.
 */
export async function arrangeWorkload(
  survey: Pick<Survey, 'file' | 'stamp' | 'invalid'>,
  arrangement: Arrangement,
  isPicked: (line: number) => boolean,
): Promise<() => AsyncGenerator<readonly WorkloadRequest[]>> {
  refuseChanged(survey);
  const index = await indexLines(survey, isPicked);
  if (arrangement.kind === 'time') refuseUntimed(index);
  const order = arrangement.kind === 'time' ? byTime(index) : atRandom(index, arrangement.seed);
  return () => {
    refuseChanged(survey);
    return readArranged(survey.file, index, order);
  };
}

async function indexLines(
  { file, invalid }: Pick<Survey, 'file' | 'invalid'>,
  isPicked: (line: number) => boolean,
): Promise<LineIndex> {
  const bad = new Set(invalid.map((error) => error.line));
  const index: LineIndex = { offsets: [], lengths: [], lines: [], units: [], times: [] };
  const sessions = new Map<string, number>();
  let line = 0;
  let units = 0;
  const take = (bytes: Buffer, offset: number) => {
    line += 1;
    if (bad.has(line)) return;
    const request = readPlace(bytes, line);
    if (!request || !isPicked(line)) return;
    const { session, at } = request;
    let unit = session === undefined ? undefined : sessions.get(session);
    if (unit === undefined) {
      unit = units++;
      if (session !== undefined) sessions.set(session, unit);
    }
    index.offsets.push(offset);
    index.lengths.push(bytes.length);
    index.lines.push(line);
    index.units.push(unit);
    index.times.push(at ?? Infinity);
  };
  let rest: Buffer = Buffer.alloc(0);
  let base = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
      take(bytes.subarray(from, end), base + from);
      from = end + 1;
    }
    base += from;
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) take(rest, base);
  return index;
}

/** What decides the place of a line's request; nothing where the line holds none. */
function readPlace(
  bytes: Buffer,
  line: number,
): Pick<WorkloadRequest, 'session' | 'at'> | undefined {
  const text = bytes.toString('latin1');
  if (text.trim() === '') return undefined;
  // Only a line that may name a session or a time, or the first, which may be a header, is parsed twice.
  const isPlain = line > 1 && !/"(?:session|at_ms)"/.test(text);
  return isPlain ? {} : readLine(bytes, line);
}

function readLine(bytes: Buffer, line: number): WorkloadRequest | undefined {
  const text = bytes.toString('utf8');
  // A byte order mark can only be at the start of the file.
  const whole = line === 1 ? text.replace(/^\uFEFF/, '') : text;
  return whole.trim() === '' ? undefined : parseKnownLine(whole, line);
}

/** A request without a time is found here, before anything is sent: it would come last. */
function refuseUntimed({ times, lines }: LineIndex): void {
  const place = times.indexOf(Infinity);
  if (place >= 0) refuseTimeless(lines[place] ?? 0);
}

function byTime({ times }: LineIndex): Uint32Array {
  return places(times.length).sort((a, b) => compare(times, a, b) || a - b);
}

function atRandom({ units, times }: LineIndex, seed: number): Uint32Array {
  const keys = units.map((unit) => draw(seed, unit));
  const untimed = new Set(units.filter((_, place) => times[place] === Infinity));
  const turns = times.map((time, place) => (untimed.has(units[place] ?? 0) ? 0 : time));
  return places(units.length).sort((a, b) => compare(keys, a, b) || compare(turns, a, b) || a - b);
}

/**
 * A number that depends on seed and unit alone: a resumed run draws the same order. The finaliser of
 * MurmurHash3 (32 bits, public domain) twice, for 20,000 units in a millisecond instead of 100.
 */
function draw(seed: number, unit: number): number {
  return mix(mix(seed | 0) ^ unit);
}

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const places = (count: number) => Uint32Array.from({ length: count }, (_, place) => place);

function compare(values: readonly number[], a: number, b: number): number {
  const [one = Infinity, other = Infinity] = [values[a], values[b]];
  return one === other ? 0 : one - other;
}

async function* readArranged(
  file: string,
  { offsets, lengths, lines }: LineIndex,
  order: Uint32Array,
): AsyncGenerator<readonly WorkloadRequest[]> {
  const fd = openSync(file, 'r');
  try {
    const held = fstatSync(fd).size <= mostHeld ? readFileSync(fd) : undefined;
    const bytesAt = (offset: number, length: number): Buffer => {
      if (held) return held.subarray(offset, offset + length);
      const bytes = Buffer.allocUnsafe(length);
      readSync(fd, bytes, 0, length, offset);
      return bytes;
    };
    let piece: WorkloadRequest[] = [];
    let read = 0;
    for (const place of order) {
      const length = lengths[place] ?? 0;
      const request = readLine(bytesAt(offsets[place] ?? 0, length), lines[place] ?? 0);
      if (request) piece.push(request);
      read += length;
      if (piece.length < pieceLength && read < pieceBytes) continue;
      yield piece;
      piece = [];
      read = 0;
    }
    yield piece;
  } finally {
    closeSync(fd);
  }
}
