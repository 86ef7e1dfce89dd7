import type { Ms } from '../../units.ts';
import { ms, msToMicros } from '../../units.ts';
import type { Usage } from '../usage/usage.ts';
import type { AnswerError, AnswerEvent } from './answer-event.ts';
import type { ToolCall } from './exchange.ts';
import type { AnswerPart, DeltaTemplate } from './stream/delta-template.ts';

/** What has come of one answer so far, with the instants that matter. */
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
  readonly #tools = new Map<number, ToolCallDraft[]>();
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
    if (content || said.refusal) this.#stamp(at);
    if (answer) this.firstAnswerAt ??= at;
    if (said.finishReason !== undefined) {
      this.finishReason = said.finishReason;
      this.finishedAt = at;
    }
    if (said.usage) this.usage = said.usage;
    if (said.rawUsage !== undefined) this.#keepUsage(said.rawUsage);
    if (said.servedModel !== undefined) this.servedModel = said.servedModel;
    if (said.servedBy !== undefined) this.servedBy = said.servedBy;
    if (said.error) this.error = said.error;
    if (said.done) this.done = true;
  }

  /** It is stored as it was received, so it must be what can be walked through and written. */
  #keepUsage(usage: unknown): void {
    if (measure(usage) > mostUsageValues) {
      throw new RangeError(
        `its usage has more than ${mostUsageValues} values or ${mostUsageDepth} levels`,
      );
    }
    this.rawUsage = usage;
  }

  /** Takes the delta of an event that matched `template`. */
  addMatch(template: DeltaTemplate, chunk: Buffer, at: Ms): void {
    const { place, hit } = template;
    if (hit.from === hit.to) return;
    if (hit.text !== undefined) this.#write(place, hit.text, undefined);
    else this.#append(template, chunk);
    this.#stamp(at);
    if (place.kind !== 'reasoning') this.firstAnswerAt ??= at;
  }

  get answer(): string {
    this.#flush();
    return this.#answer;
  }

  /** Neither text nor a call: reasoning alone answers nothing, and nor do blanks. */
  get isEmpty(): boolean {
    return this.#tools.size === 0 && this.answer.trim() === '';
  }

  get reasoning(): string {
    this.#flush();
    return this.#reasoning;
  }

  get toolCalls(): ToolCall[] {
    this.#flush();
    if (this.#tools.size === 0) return [];
    return [...this.#tools]
      .sort(([a], [b]) => a - b)
      .flatMap(([, calls]) => calls)
      .map((call) => ({ name: call.name, arguments: call.arguments }));
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
      const call = this.#callAt(place.index, toolName);
      call.name ||= toolName ?? '';
      call.arguments += text;
    }
  }

  /**
   * The call that a piece belongs to. Some servers repeat the name in every piece; others give all
   * parallel calls one index and no ids: a name after complete arguments begins the next call.
   */
  #callAt(index: number, toolName: string | undefined): ToolCallDraft {
    const calls = this.#tools.get(index) ?? [];
    this.#tools.set(index, calls);
    const last = calls.at(-1);
    if (last && !(toolName !== undefined && isCompleteJson(last.arguments))) return last;
    const call = { name: '', arguments: '' };
    calls.push(call);
    return call;
  }

  /** Notes one content chunk. */
  #stamp(at: Ms): void {
    this.chunks += 1;
    if (this.lastContentAt !== undefined) this.gaps.push(msToMicros(ms(at - this.lastContentAt)));
    this.firstTokenAt ??= at;
    this.lastContentAt = at;
  }
}

/** A tool call while its pieces come in. */
interface ToolCallDraft {
  name: string;
  arguments: string;
}

function isCompleteJson(text: string): boolean {
  // To look at the last character first is free, and says no for nearly all pieces.
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The usage objects of all providers have under 60 values on at most 4 levels. */
const mostUsageValues = 2_000;
const mostUsageDepth = 16;

/** Number of values in JSON; Infinity where it is nested too deeply to be walked through. */
function measure(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (depth >= mostUsageDepth) return Infinity;
  let sum = 1;
  for (const inner of Object.values(value)) {
    sum += measure(inner, depth + 1);
    if (sum > mostUsageValues) return sum;
  }
  return sum;
}
