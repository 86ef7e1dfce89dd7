import type { Ms } from '../../units.ts';
import { ms, msToMicros } from '../../units.ts';
import type { Usage } from '../usage/usage.ts';
import type { AnswerError, AnswerEvent } from './answer-event.ts';
import type { AnswerPart, DeltaTemplate } from './delta-template.ts';
import type { ToolCall } from './exchange.ts';

/** What has been heard of one answer so far, with the instants that matter. */
export class AnswerAccumulator {
  refusal = '';
  chunks = 0;
  firstTokenAt: Ms | undefined;
  firstAnswerAt: Ms | undefined;
  lastContentAt: Ms | undefined;
  finishReason: string | undefined;
  finishedAt: Ms | undefined;
  usage: Usage | undefined;
  rawUsage: unknown;
  servedModel: string | undefined;
  servedBy: string | undefined;
  error: AnswerError | undefined;
  done = false;
  readonly #tools = new Map<number, { name: string; arguments: string }>();
  #answer = '';
  #reasoning = '';
  /** Bytes of deltas that stand at one place one after the other, to be decoded together. */
  #run = Buffer.allocUnsafe(512);
  #runLength = 0;
  #runPlace: AnswerPart | undefined;
  /** Whole microseconds between content chunks; an array, as typed ones live outside of the heap. */
  readonly gaps: number[] = [];

  /** Takes the news of one event whose last byte was found at the socket at `at`. */
  add(said: AnswerEvent, at: Ms): void {
    let content = false;
    let answer = false;
    for (const { place, text, toolName } of said.deltas) {
      if (text === '' && toolName === undefined) continue;
      content = true;
      if (place.kind !== 'reasoning') answer = true;
      this.#write(place, text, toolName);
    }
    if (said.refusal) this.refusal += said.refusal;
    if (content || said.refusal) this.#stamp(at, answer);
    if (said.finishReason !== undefined) {
      this.finishReason = said.finishReason;
      this.finishedAt = at;
    }
    if (said.usage) this.usage = said.usage;
    if (said.rawUsage !== undefined) this.rawUsage = said.rawUsage;
    if (said.servedModel !== undefined) this.servedModel = said.servedModel;
    if (said.servedBy !== undefined) this.servedBy = said.servedBy;
    if (said.error) this.error = said.error;
    if (said.done) this.done = true;
  }

  /** Takes the delta of an event that matched `template`. */
  addMatch(template: DeltaTemplate, chunk: Buffer, at: Ms): void {
    const { place, hit } = template;
    if (hit.from === hit.to) return;
    if (hit.text !== undefined) this.#write(place, hit.text, undefined);
    else this.#append(template, chunk);
    this.#stamp(at, place.kind !== 'reasoning');
  }

  get answer(): string {
    this.#flush();
    return this.#answer;
  }

  get reasoning(): string {
    this.#flush();
    return this.#reasoning;
  }

  get toolCalls(): ToolCall[] {
    this.#flush();
    if (this.#tools.size === 0) return [];
    return [...this.#tools].sort(([a], [b]) => a - b).map(([, call]) => ({ ...call }));
  }

  #append({ place, hit: { from, to } }: DeltaTemplate, chunk: Buffer): void {
    if (this.#runPlace !== place) this.#flush();
    this.#runPlace = place;
    const length = this.#runLength + to - from;
    if (length > this.#run.length) {
      const grown = Buffer.allocUnsafe(2 * length);
      this.#run.copy(grown, 0, 0, this.#runLength);
      this.#run = grown;
    }
    // A piece is some five bytes, too few to be worth a call of `copy`.
    for (let i = from; i < to; i++) this.#run[this.#runLength++] = chunk[i] as number;
  }

  #flush(): void {
    const place = this.#runPlace;
    if (!place) return;
    const text = this.#run.toString('utf8', 0, this.#runLength);
    this.#runPlace = undefined;
    this.#runLength = 0;
    this.#write(place, text, undefined);
  }

  #write(place: AnswerPart, text: string, toolName: string | undefined): void {
    this.#flush();
    if (place.kind === 'text') this.#answer += text;
    else if (place.kind === 'reasoning') this.#reasoning += text;
    else {
      const call = this.#tools.get(place.index) ?? { name: '', arguments: '' };
      // Some servers repeat the name in every piece.
      call.name ||= toolName ?? '';
      call.arguments += text;
      this.#tools.set(place.index, call);
    }
  }

  #stamp(at: Ms, answer: boolean): void {
    this.chunks += 1;
    if (this.lastContentAt !== undefined) this.gaps.push(msToMicros(ms(at - this.lastContentAt)));
    this.firstTokenAt ??= at;
    if (answer) this.firstAnswerAt ??= at;
    this.lastContentAt = at;
  }
}
