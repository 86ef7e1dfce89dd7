import { type Headers, joinValues } from './headers.ts';

/** What an HTTP/1.1 response says as its bytes come in. */
export interface ResponseSink {
  head(status: number, headers: Headers): void;
  /** More of the body; the span is one object for all calls. */
  body(span: Span): void;
  /** The response is complete. */
  end(): void;
}

/** The bytes from `from` up to `to`. */
export interface Extent {
  bytes: Buffer;
  from: number;
  to: number;
}

export interface Span extends Extent {
  /** On the same bytes, by the same indexes. */
  view: DataView;
}

/** The peer does not speak HTTP/1.1 as RFC 9112 has it. */
export class ProtocolError extends Error {}

const LF = 10;
const CR = 13;

/** No server sends more than this; undici, Node and nginx refuse less. */
const maxHeadBytes = 64 * 1_024;
const maxLineBytes = 16 * 1_024;

const nothing = Buffer.alloc(0);

export const viewBytes = ({ buffer, byteOffset, byteLength }: Buffer) =>
  new DataView(buffer, byteOffset, byteLength);

type State = 'head' | 'fixed' | 'size' | 'chunk' | 'chunk-end' | 'trailer' | 'close' | 'ended';

/**
 * Reads one response however its bytes are cut (RFC 9112): Content-Length, chunked, or up to the
 * end of the connection; interim responses are passed over. The body is reported where it lies in
 * what was pushed, and is good until `push` returns: nothing is copied, and no object is made per
 * chunk, as a stream of tokens comes in some hundred chunks of which a socket hands over many at once.
 */
export class ResponseReader {
  /** Whether the connection can carry another exchange once this response has ended. */
  reusable = true;
  /** Bytes followed this response that belong to none: nobody asked for them. */
  overrun = false;
  /** Seconds that an idle connection is kept, as the server says in Keep-Alive. */
  keepAlive: number | undefined;
  readonly #sink: ResponseSink;
  readonly #span: Span = { bytes: nothing, view: viewBytes(nothing), from: 0, to: 0 };
  #state: State = 'head';
  /** A head or line that has not ended yet. */
  #partial: Buffer | undefined;
  /** Bytes that are missing of the body or of its present chunk. */
  #missing = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** @throws ProtocolError where the bytes are no HTTP response. */
  push(pushed: Buffer): void {
    const bytes = this.#partial ? Buffer.concat([this.#partial, pushed]) : pushed;
    this.#partial = undefined;
    this.#span.bytes = bytes;
    this.#span.view = viewBytes(bytes);
    let at = 0;
    while (at < bytes.length) {
      if (this.ended) {
        this.overrun = true;
        this.reusable = false;
        return;
      }
      const next = this.#step(bytes, at);
      if (next === -1) {
        // The next read will lie where this one does.
        this.#partial = Buffer.from(bytes.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** The server closed its side. False where something is missing. */
  close(): boolean {
    this.reusable = false;
    if (this.#state === 'close') this.#end();
    return this.ended;
  }

  /** Reads what stands at `at` and says where the next thing begins; -1 = more bytes are needed. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes, at);
      case 'fixed':
      case 'chunk':
      case 'close':
        return this.#data(bytes, at);
      case 'size':
        return this.#size(bytes, at);
      case 'chunk-end':
        if (bytes[at] !== CR && bytes[at] !== LF) throw new ProtocolError('a chunk has no end');
        if (bytes[at] === LF) this.#state = 'size';
        return at + 1;
      case 'trailer':
        return this.#trailer(bytes, at);
      case 'ended':
        return bytes.length;
    }
  }

  #head(bytes: Buffer, at: number): number {
    const end = endOfHead(bytes, at);
    if ((end === -1 ? bytes.length : end) - at > maxHeadBytes) {
      throw new ProtocolError('its headers do not end');
    }
    if (end === -1) {
      const start = bytes.toString('latin1', at, at + protocol.length);
      if (!protocol.startsWith(start)) throw notHttp(bytes.subarray(at));
      return -1;
    }
    const lines = bytes.toString('latin1', at, end).split('\n');
    const [, minor, code] = /^HTTP\/1\.([01]) (\d{3})(?: |\r?$)/.exec(lines[0] ?? '') ?? [];
    if (code === undefined) throw notHttp(bytes.subarray(at));
    const status = Number(code);
    if (status === 101) throw new ProtocolError('it switched to a protocol nobody asked for');
    if (status < 200) return end;
    const headers = parseHeaders(lines);
    this.reusable = staysOpen(headers.connection, minor);
    const { 'keep-alive': kept } = headers;
    const seconds = kept && /timeout=(\d+)/i.exec(joinValues(kept))?.[1];
    if (seconds !== undefined) this.keepAlive = Number(seconds);
    this.#frame(status, headers);
    this.#sink.head(status, headers);
    if (this.#state === 'fixed' && this.#missing === 0) this.#end();
    return end;
  }

  /** How the body ends (RFC 9112, section 6.3). */
  #frame(status: number, headers: Headers): void {
    const { 'transfer-encoding': transfer } = headers;
    const coding = joinValues(transfer).toLowerCase();
    if (status === 204 || status === 304) {
      this.#state = 'fixed';
      return;
    }
    if (coding === 'chunked') {
      this.#state = 'size';
      // Who says both may be a smuggler, or not know what follows (RFC 9112, section 6.3).
      if (headers['content-length'] !== undefined) this.reusable = false;
      return;
    }
    if (transfer !== undefined && coding !== 'identity') {
      throw new ProtocolError(
        `a transfer coding that nobody asked for: ${coding || 'an empty one'}`,
      );
    }
    const length = new Set(joinValues(headers['content-length']).split(/\s*,\s*/));
    if (length.size > 1 || !/^\d*$/.test([...length][0] ?? '')) {
      throw new ProtocolError('a Content-Length that is no number');
    } else if (length.has('')) {
      this.#state = 'close';
      this.reusable = false;
    } else {
      this.#state = 'fixed';
      this.#missing = Number([...length][0]);
      if (!Number.isSafeInteger(this.#missing)) {
        throw new ProtocolError('a Content-Length that is too large');
      }
    }
  }

  #data(bytes: Buffer, at: number): number {
    const rest = bytes.length - at;
    const length = this.#state === 'close' ? rest : Math.min(rest, this.#missing);
    const span = this.#span;
    span.from = at;
    span.to = at + length;
    this.#missing -= length;
    const { to } = span;
    this.#sink.body(span);
    if (this.#missing === 0) {
      if (this.#state === 'fixed') this.#end();
      else if (this.#state === 'chunk') this.#state = 'chunk-end';
    }
    return to;
  }

  /** The size of a chunk in hexadecimal digits; extensions after it are passed over. */
  #size(bytes: Buffer, at: number): number {
    let size = 0;
    let i = at;
    for (let digit = hexDigit(bytes[i]); digit !== -1; digit = hexDigit(bytes[++i])) {
      size = size * 16 + digit;
    }
    // Nearly always nothing follows but the end of the line.
    const end = bytes[i] === CR && bytes[i + 1] === LF ? i + 1 : lineEnd(bytes, at);
    if (end === -1) return -1;
    if (i === at || i - at > 12 || !endsSize.includes(firstAfterBlanks(bytes, i))) {
      throw new ProtocolError('a chunk without a size');
    }
    this.#missing = size;
    this.#state = size === 0 ? 'trailer' : 'chunk';
    return end + 1;
  }

  #trailer(bytes: Buffer, at: number): number {
    const end = lineEnd(bytes, at);
    if (end === -1) return -1;
    if (end === at || (end === at + 1 && bytes[at] === CR)) this.#end();
    return end + 1;
  }

  #end(): void {
    this.#state = 'ended';
    this.#sink.end();
  }
}

/** HTTP/2 answers with a frame of type SETTINGS or GOAWAY, on stream 0 (RFC 9113, section 4.1). */
function notHttp(bytes: Buffer): ProtocolError {
  const framed = bytes.length >= 9 && (bytes[3] === 4 || bytes[3] === 7);
  if (framed && bytes[0] === 0 && bytes.readUInt32BE(5) === 0) {
    return new ProtocolError('the server speaks only HTTP/2, which arb does not support');
  }
  return new ProtocolError('not an HTTP/1.1 response');
}

/** CR, LF, and what begins an extension. */
const endsSize = [CR, LF, 59];

/** Some servers pad the sizes of chunks with blanks. */
function firstAfterBlanks(bytes: Buffer, at: number): number {
  let i = at;
  while (bytes[i] === 32 || bytes[i] === 9) i += 1;
  return bytes[i] ?? LF;
}

function hexDigit(byte = 0): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Index of the line feed that ends the line at `at`; -1 where it is yet to come. */
function lineEnd(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(LF, at);
  if ((end === -1 ? bytes.length : end) - at > maxLineBytes) {
    throw new ProtocolError('a line does not end');
  }
  return end;
}

/** What every response begins with; a greeting of another protocol is not waited for to its end. */
const protocol = 'HTTP/1.';

/** Index after the empty line that ends the head at `at`; -1 where it is yet to come. */
function endOfHead(bytes: Buffer, at: number): number {
  for (let lf = bytes.indexOf(LF, at); lf !== -1; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf + 1] === LF) return lf + 2;
    if (bytes[lf + 1] === CR && bytes[lf + 2] === LF) return lf + 3;
  }
  return -1;
}

/** Whether another exchange may follow on the connection (RFC 9112, section 9.3). */
function staysOpen(connection: Headers[string], minor: string | undefined): boolean {
  if (connection === undefined) return minor === '1';
  const options = joinValues(connection)
    .toLowerCase()
    .split(',')
    .map((each) => each.trim());
  return minor === '1' ? !options.includes('close') : options.includes('keep-alive');
}

/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const forbidden = /[\0\r]/;

/**
 * An object without any name of its own that a header could meet. Made by a constructor, as V8 gives
 * such objects one shape where servers name the same fields in the same order; it keeps what
 * `Object.create(null)` makes as a table.
 */
const HeaderFields = function HeaderFields() {} as unknown as new () => Record<
  string,
  string | string[]
>;
HeaderFields.prototype = Object.freeze(Object.create(null));

/** Header fields by their names in lower case; those that come more than once as a list. */
function parseHeaders(lines: readonly string[]): Headers {
  const headers: Record<string, string | string[]> = new HeaderFields();
  let name = '';
  for (let i = 1; i < lines.length; i++) {
    const line = (lines[i] as string).trimEnd();
    if (line === '') continue;
    if (forbidden.test(line)) throw new ProtocolError('a header with a control character in it');
    if (line[0] === ' ' || line[0] === '\t') {
      if (name === '') throw new ProtocolError('a header without a name');
      headers[name] = `${joinValues(headers[name])} ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (!token.test(name))
      throw new ProtocolError('a header without a name, or with one that is none');
    const value = line.slice(colon + 1).trim();
    headers[name] = Object.hasOwn(headers, name) ? [headers[name] ?? '', value].flat() : value;
  }
  return headers;
}
