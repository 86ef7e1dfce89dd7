import type { BodyProgress } from '../../http/response-handler.ts';
import type { Span } from '../../http/response-reader.ts';
import { type Ms, ms } from '../../units.ts';
import { type AnswerLimits, defaultAnswerLimits } from '../target/target.ts';
import { AnswerAccumulator } from './answer-accumulator.ts';
import type { AnswerEvent, Delta, WireReader } from './answer-event.ts';
import { classifyError } from './classify-error.ts';
import { compileTemplate, type DeltaTemplate } from './stream/delta-template.ts';
import { type SseEvent, SseScanner, type SseSink } from './stream/sse.ts';

/** An error body is read for its message only. */
const maxErrorBytes = 64 * 1024;

/** The bytes of one answer on their way into an accumulator: a stream of events, or one JSON value. */
export class AnswerBody implements SseSink {
  readonly accumulator = new AnswerAccumulator();
  /** When the bytes that are pushed next were found at the socket. */
  at = ms(0);
  /** The body of an error status is read for its message, whatever its form. */
  isError = false;
  firstByteAt: Ms | undefined;
  events = 0;
  /** The first event whose data was not what the wire says, in words. */
  fault: string | undefined;
  /** The last event that was no JSON and could be no part of an answer. */
  aside: string | undefined;
  readonly #reader: WireReader;
  readonly #limits: Pick<AnswerLimits, 'bytes' | 'pieces'>;
  readonly #scanner: SseScanner;
  readonly #whole: Buffer[] = [];
  #bytes = 0;
  /** A body in tiny pieces costs more than its bytes: an instant and a gap for each. */
  #pieces = 0;
  #form: 'unknown' | 'stream' | 'whole' = 'unknown';
  #compiled = 0;
  #hits = 0;

  constructor(
    reader: WireReader,
    limits: Pick<AnswerLimits, 'bytes' | 'pieces'> = defaultAnswerLimits,
  ) {
    this.#reader = reader;
    this.#limits = limits;
    this.#scanner = new SseScanner(this);
  }

  /** True once something of the answer, or its end, is there. */
  get hasBegun(): boolean {
    const { firstTokenAt, finishReason, error } = this.accumulator;
    return (firstTokenAt ?? finishReason ?? error) !== undefined;
  }

  /** One JSON value, or text that is not JSON (an HTML error page), and no stream of events. */
  get isWhole(): boolean {
    return this.#form === 'whole';
  }

  /** The start of a body that was no stream of events. */
  get text(): string {
    return Buffer.concat(this.#whole).toString();
  }

  /** The poll found the bytes at the socket that `body` reports next. */
  receivedAt(at: Ms): void {
    this.at = at;
  }

  head(status: number): void {
    if (status >= 300) this.isError = true;
  }

  body(span: Span): BodyProgress {
    this.firstByteAt ??= this.at;
    this.#bytes += span.to - span.from;
    this.#pieces += 1;
    if (this.#bytes > this.#limits.bytes) return 'too-long';
    if (this.#pieces > this.#limits.pieces) return 'too-many-pieces';
    if (this.#form === 'unknown') {
      this.#form = this.isError ? 'whole' : detectForm(span);
      // Blanks before a stream, which came by themselves, are no part of it.
      if (this.#form === 'stream') this.#whole.length = 0;
    }
    if (this.#form === 'stream') this.#scanner.push(span);
    else if (!this.isError || this.#bytes <= maxErrorBytes) {
      this.#whole.push(Buffer.from(span.bytes.subarray(span.from, span.to)));
    }
    return this.accumulator.done || this.accumulator.error ? 'complete' : 'more';
  }

  /** The body ended as its framing says. */
  end(): void {
    if (this.#form !== 'stream') return;
    const { fault } = this;
    this.#scanner.end();
    // What stood unfinished at the end was cut off, which is another fault than not being JSON.
    this.fault = fault;
  }

  /** Reads a body that is one JSON value, as of its last byte. */
  readWhole(): void {
    if (this.#form !== 'whole' || this.firstByteAt === undefined) return;
    try {
      this.accumulator.add(this.#reader.whole(JSON.parse(this.text)), this.at);
      this.events += 1;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.fault = 'the body is neither a stream of events nor JSON';
    }
  }

  event(event: SseEvent): void {
    if (event.data.trim() === '') return;
    const said = this.#read(event.data, event.type);
    if (!said) return;
    this.events += 1;
    this.accumulator.add(said, this.at);
    this.#compile(event, said);
  }

  hit(template: DeltaTemplate, chunk: Buffer): void {
    this.#hits += 1;
    this.accumulator.addMatch(template, chunk, this.at);
  }

  #read(data: string, type: string | undefined): AnswerEvent | undefined {
    try {
      return this.#reader.event(data, type);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      if (type === 'error') return errorEvent(data);
      // A ping or a notice in words is no part of an answer; broken JSON may have been one.
      if (startsJson.test(data)) this.fault ??= 'an event of the stream is not JSON';
      else this.aside = data;
      return undefined;
    }
  }

  /** The deltas of an event that was made up: that it is no JSON tells nothing of the stream. */
  #reread(data: string, type: string | undefined): readonly Delta[] {
    try {
      return this.#reader.event(data, type).deltas;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [];
    }
  }

  /**
   * A stream that varies around its deltas is not worth a template for each event: a few compilations
   * are free, later ones only after enough hits.
   */
  #compile({ raw, data, type }: SseEvent, said: AnswerEvent): void {
    this.#scanner.template = undefined;
    const [delta] = said.deltas;
    const plain = !said.finishReason && !said.usage && !said.error && !said.refusal && !said.done;
    if (!raw || !delta || said.deltas.length > 1 || delta.toolName !== undefined || !plain) return;
    if (this.#compiled > 3 + this.#hits / 8) return;
    this.#compiled += 1;
    const { place, text } = delta;
    this.#scanner.template = compileTemplate({ place, text, raw, data }, (probe) => {
      const [only, ...more] = this.#reread(probe, type);
      const same = only?.place.kind === place.kind && only.place.index === place.index;
      return same && more.length === 0 ? only.text : undefined;
    });
  }
}

const startsJson = /^\s*[[{"]/;

/** An error event whose data is text, as proxies in front of a model write it. */
function errorEvent(data: string): AnswerEvent {
  return { deltas: [], error: { reason: classifyError({ message: data }), message: data } };
}

const brackets = [0x7b, 0x5b, 0x3c, 0x22];
const blanks = [0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf];

/** An event of a stream begins with a field name or a colon, never with `{`, `[`, `<` or a quote. */
function detectForm({ bytes, from, to }: Span): 'unknown' | 'stream' | 'whole' {
  const first = bytes.subarray(from, to).find((byte) => !blanks.includes(byte));
  if (first === undefined) return 'unknown';
  return brackets.includes(first) ? 'whole' : 'stream';
}
