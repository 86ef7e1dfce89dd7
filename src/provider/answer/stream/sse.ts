import type { Extent, Span } from '../../../http/response-reader.ts';
import { type DeltaTemplate, matchTemplate } from './delta-template.ts';

/** One server-sent event, as the HTML standard dispatches it. */
export interface SseEvent {
  /** The `data` lines joined by line feeds. */
  readonly data: string;
  /** The `event` field; absent where the stream did not name one. */
  readonly type?: string;
  /** The event's own bytes, blank line included; absent where a chunk boundary cut through it. */
  readonly raw?: Extent;
}

/** What is done with the events; one of the two is called per event, in the order of the stream. */
export interface SseSink {
  event(event: SseEvent): void;
  /** An event in `chunk` matched `template`: nothing in it differs but the string of its hit. */
  hit(template: DeltaTemplate, chunk: Buffer): void;
}

/** Pieces of one line that are kept apart before they are joined. */
const mostPieces = 256;

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');

/**
 * Frames a byte stream into events (https://html.spec.whatwg.org/multipage/server-sent-events.html)
 * however it is cut into chunks. While `template` is set, whole events that match it are reported
 * as hits, without any decoding of the rest.
 */
export class SseScanner {
  template: DeltaTemplate | undefined;
  readonly #sink: SseSink;
  /** Bytes of a line that has not ended yet; joined once, when it ends. */
  #partial: Buffer[] = [];
  #data: string | undefined;
  #type: string | undefined;
  /** The last byte was CR: an LF that follows belongs to it. */
  #afterCr = false;
  #firstLine = true;
  /** Where the current event began in the current chunk; -1 where it began in an earlier one. */
  #eventStart = 0;

  constructor(sink: SseSink) {
    this.#sink = sink;
  }

  push(span: Span): void {
    const { bytes, from, to } = span;
    let at = from;
    if (this.#afterCr && to > from) {
      if (bytes[at] === LF) at += 1;
      this.#afterCr = false;
    }
    this.#eventStart = this.#between() ? at : -1;
    let cr = -2;
    while (at < to) {
      const { template } = this;
      if (template && this.#between() && matchTemplate(template, span, at)) {
        at = template.hit.end;
        this.#eventStart = at;
        this.#sink.hit(template, bytes);
        continue;
      }
      if (cr !== -1 && cr < at) cr = within(bytes.indexOf(CR, at), to);
      const lf = within(bytes.indexOf(LF, at), to);
      const end = cr !== -1 && (lf === -1 || cr < lf) ? cr : lf;
      if (end === -1) {
        this.#partial.push(Buffer.from(bytes.subarray(at, to)));
        // Tiny pieces cost more as objects than as bytes.
        if (this.#partial.length >= mostPieces) this.#partial.push(this.#joined().bytes);
        return;
      }
      const blank = this.#line({ bytes, from: at, to: end });
      at = end + 1;
      if (end === cr) {
        if (at === to) this.#afterCr = true;
        else if (bytes[at] === LF) at += 1;
      }
      if (!blank) continue;
      // A CR may still be followed by its LF, so only an event that ends in LF has certain bytes.
      const whole = this.#eventStart >= 0 && bytes[at - 1] === LF;
      this.#dispatch(whole ? { bytes, from: this.#eventStart, to: at } : undefined);
      this.#eventStart = at;
    }
  }

  /**
   * The stream ended properly: what stands without its closing blank line is dispatched too, as
   * several servers end on `data: [DONE]` without one.
   */
  end(): void {
    if (this.#partial.length > 0) this.#line(this.#joined());
    this.#dispatch(undefined);
  }

  #between(): boolean {
    return this.#partial.length === 0 && this.#data === undefined && this.#type === undefined;
  }

  /** Reads the rest of a line; true where the line is blank. */
  #line(rest: Extent): boolean {
    if (this.#partial.length > 0) {
      this.#partial.push(rest.bytes.subarray(rest.from, rest.to));
      return this.#whole(this.#joined());
    }
    return this.#whole(rest);
  }

  #joined(): Extent {
    const bytes = Buffer.concat(this.#partial.splice(0));
    return { bytes, from: 0, to: bytes.length };
  }

  #whole({ bytes, from, to }: Extent): boolean {
    const marked =
      this.#firstLine && BOM.every((byte, i) => from + i < to && bytes[from + i] === byte);
    this.#firstLine = false;
    const start = marked ? from + BOM.length : from;
    if (start === to) return true;
    this.#field({ bytes, from: start, to });
    return false;
  }

  #field(line: Extent): void {
    const { bytes, from, to } = line;
    const found = within(bytes.indexOf(COLON, from), to);
    const colon = found === -1 ? to : found;
    const isData = isNamed(line, colon, DATA);
    if (!isData && !isNamed(line, colon, EVENT)) return;
    const start = Math.min(to, colon + (bytes[colon + 1] === SPACE ? 2 : 1));
    const value = bytes.toString('utf8', start, to);
    if (!isData) this.#type = value;
    else this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(raw: Extent | undefined): void {
    const [data, type] = [this.#data, this.#type];
    this.#data = undefined;
    this.#type = undefined;
    if (data === undefined) return;
    this.#sink.event({ data, ...(type && { type }), ...(raw && { raw }) });
  }
}

function isNamed({ bytes, from }: Extent, colon: number, name: Buffer): boolean {
  return colon - from === name.length && name.every((byte, i) => bytes[from + i] === byte);
}

/** An index that was searched for beyond the span. */
const within = (index: number, to: number) => (index < to ? index : -1);
