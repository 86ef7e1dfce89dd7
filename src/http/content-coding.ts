import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { Ms } from '../units.ts';
import { type Headers, joinValues } from './headers.ts';
import type { BodyProgress, HttpResult, ResponseHandler } from './response-handler.ts';
import { type Span, viewBytes } from './response-reader.ts';

/** By its name in Content-Encoding (RFC 9110, section 8.4.1, and RFC 8878). */
const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', () => zlib.createGunzip({ finishFlush: zlib.constants.Z_SYNC_FLUSH })],
  ['x-gzip', () => zlib.createGunzip({ finishFlush: zlib.constants.Z_SYNC_FLUSH })],
  ['deflate', () => zlib.createInflate({ finishFlush: zlib.constants.Z_SYNC_FLUSH })],
  ['br', () => zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH })],
  ['zstd', () => zlib.createZstdDecompress({ finishFlush: zlib.constants.ZSTD_e_flush })],
]);

/** The codings of a body in the order in which they were applied; `identity` is none. */
export function readCodings(headers: Headers): readonly string[] {
  const said = headers['content-encoding'];
  if (said === undefined) return [];
  const codings = joinValues(said).toLowerCase().split(',');
  return codings.map((each) => each.trim()).filter((each) => each !== '' && each !== 'identity');
}

/**
 * Keeps a coded body with the instants of its bytes and, once it is over, hands it decoded to
 * `inner`: each piece at the instant at which the bytes it came from were found. arb asks for
 * `identity`, so this is the way of servers that compress all the same, and costs the others nothing.
 */
export class CodedBody<Result> implements ResponseHandler<Result> {
  readonly #inner: ResponseHandler<Result>;
  readonly #codings: readonly string[];
  readonly #pieces: { readonly at: Ms; readonly bytes: Buffer }[] = [];
  #at: Ms;

  constructor(inner: ResponseHandler<Result>, codings: readonly string[], at: Ms) {
    this.#inner = inner;
    this.#codings = codings;
    this.#at = at;
  }

  /** What the bytes say is not known yet; that there are some is. */
  get hasBegun(): boolean {
    return this.#pieces.length > 0;
  }

  receivedAt(at: Ms): void {
    this.#at = at;
  }

  head(): void {}

  body({ bytes, from, to }: Span): BodyProgress {
    this.#pieces.push({ at: this.#at, bytes: Buffer.from(bytes.subarray(from, to)) });
    return 'more';
  }

  end(): void {}

  async conclude(result: HttpResult): Promise<Result> {
    const ending = await this.#decode();
    if (ending === undefined && result.ending.kind === 'ended') this.#inner.end();
    return this.#inner.conclude(ending ? { ...result, ending } : result);
  }

  /** An ending of its own where the body cannot be decoded, or is too long when it is. */
  async #decode(): Promise<HttpResult['ending'] | undefined> {
    const unknown = this.#codings.find((each) => !decoders.has(each));
    if (unknown !== undefined) {
      const words = `its content coding ${JSON.stringify(unknown)} is not one that arb reads`;
      return { kind: 'unreadable', error: new Error(words) };
    }
    const chain = this.#codings.map((each) => decoders.get(each)?.() as Transform).reverse();
    let pieces: readonly { at: Ms; bytes: Buffer }[] = this.#pieces;
    try {
      for (const decoder of chain) pieces = await decodeAll(decoder, pieces);
    } catch (error) {
      const words = `its ${this.#codings.join(', ')} is damaged: ${(error as Error).message}`;
      return { kind: 'unreadable', error: new Error(words, { cause: error }) };
    }
    for (const { at, bytes } of pieces) {
      this.#inner.receivedAt(at);
      const span = { bytes, view: viewBytes(bytes), from: 0, to: bytes.length };
      if (isTooLong(this.#inner.body(span))) return { kind: 'too-long', of: 'decoded body' };
    }
    return undefined;
  }
}

/** More than any answer: a small body may say that it is a huge one. */
const mostDecodedBytes = 128 * 1_024 * 1_024;

type Piece = { readonly at: Ms; readonly bytes: Buffer };

/** Decodes piece by piece, so that what comes out is known to have been in what went in. */
async function decodeAll(decoder: Transform, pieces: readonly Piece[]): Promise<Piece[]> {
  const decoded: Piece[] = [];
  let at = pieces[0]?.at;
  let size = 0;
  const over = new Promise<void>((resolve, reject) => {
    decoder.on('end', resolve).on('error', reject);
  });
  // Whoever writes waits for the end as well: an error is seen once.
  over.catch(() => undefined);
  decoder.on('data', (bytes: Buffer) => {
    size += bytes.length;
    if (size > mostDecodedBytes) decoder.destroy(new Error('it is longer than 128 MB'));
    else if (at !== undefined) decoded.push({ at, bytes });
  });
  for (const piece of pieces) {
    at = piece.at;
    const written = new Promise<void>((resolve) => decoder.write(piece.bytes, () => resolve()));
    await Promise.race([written, over]);
  }
  decoder.end();
  await over;
  return decoded;
}

const isTooLong = (progress: BodyProgress) => progress !== 'more' && progress !== 'complete';
