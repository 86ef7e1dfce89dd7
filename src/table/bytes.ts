import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { UsageError } from '../errors.ts';
import type { Source } from './source.ts';

/** Enough for every magic number and for the first record of most files. */
const HEAD_BYTES = 64 * 1_024;

/**
 * The bytes of a source, decompressed where the first ones say gzip or Zstandard, whatever the name
 * of the file says, in UTF-8. @throws UsageError where it cannot be read or decompressed.
 */
export async function* readBytes(source: Source): AsyncGenerator<Buffer> {
  try {
    const { head, rest } = await peek(source.open());
    const whole = Readable.from(rest, { objectMode: false });
    const decoder = decoderFor(head);
    yield* toUtf8(decoder ? pipeline(whole, decoder, () => undefined) : whole);
  } catch (cause) {
    throw unreadable(source, cause);
  }
}

/** Byte order marks (Unicode, section 23.8); Windows PowerShell writes what it redirects in UTF-16. */
const marks = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const;

/** Text in UTF-8 without a byte order mark; what has none passes as it is. */
async function* toUtf8(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isFirst = true;
  for await (const piece of pieces) {
    const mark =
      isFirst && marks.find(({ bytes }) => bytes.every((byte, at) => piece[at] === byte));
    isFirst = false;
    const rest = mark ? piece.subarray(mark.bytes.length) : piece;
    if (mark && mark.encoding !== 'utf-8') decoder = new TextDecoder(mark.encoding);
    yield decoder ? Buffer.from(decoder.decode(rest, { stream: true })) : rest;
  }
}

/** The first bytes of a source, decompressed: what its form is told by. @throws UsageError */
export async function readHead(source: Source): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const bytes of readBytes(source)) {
    parts.push(bytes);
    length += bytes.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts);
}

async function peek(stream: Readable): Promise<{ head: Buffer; rest: AsyncIterable<Buffer> }> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const parts: Buffer[] = [];
  let length = 0;
  while (length < 4) {
    const { value, done } = await iterator.next();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  const head = Buffer.concat(parts);
  async function* rest() {
    try {
      if (head.length > 0) yield head;
      for (;;) {
        const { value, done } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      stream.destroy();
    }
  }
  return { head, rest: rest() };
}

/** Whether a file that starts so is compressed in a way that `readBytes` undoes. */
export const isCompressed = (head: Buffer): boolean => decoders.some(({ fits }) => fits(head));

const decoderFor = (head: Buffer) => decoders.find(({ fits }) => fits(head))?.create();

const decoders = [
  // RFC 1952, section 2.3.1.
  { fits: (head: Buffer) => head[0] === 0x1f && head[1] === 0x8b, create: createGunzip },
  // RFC 8878, section 3.1.1.
  {
    fits: (head: Buffer) => head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528,
    create: createZstdDecompress,
  },
] as const;

/** The same in words, where it comes from the file system or from a decoder. */
function unreadable(source: Source, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (typeof code !== 'string') return cause;
  const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${message})`;
  return new UsageError(`${source.name}: ${why}. Check the path, and that the file is whole.`, {
    cause,
  });
}
