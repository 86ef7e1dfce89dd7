import { type CheckVerdict, checkAnswer } from '../../../judge/check/check.ts';
import type { Verdict } from '../../../judge/check/verdict.ts';
import { toQualityKind } from '../../../judge/panel/pairwise.ts';
import { createMeter, type Meter } from '../../../measure/meter.ts';
import { joinOutcome, type RequestFacts, skippedOutcome } from '../../../outcome/join.ts';
import type { Outcome } from '../../../outcome/outcome.ts';
import { RECORDED, recordedOutcome } from '../../../outcome/recorded.ts';
import { Scoreboard } from '../../../outcome/scoreboard.ts';
import { MismatchBook } from '../../../price/billed.ts';
import type { Target } from '../../../provider/target/target.ts';
import { readAnyUsage } from '../../../provider/usage/read-any-usage.ts';
import type { Answer, Attempt } from '../../../replay/event/attempt.ts';
import type {
  AchievedLoad,
  ReplayEvent,
  SelfCheck,
  SettledEvent,
} from '../../../replay/event/event.ts';
import { type LoadKind, waitBefore } from '../../../replay/event/user-time.ts';
import type { RunWriter } from '../../../store/run.ts';
import { readFeatures } from '../../../workload/features.ts';
import type { WorkloadRequest } from '../../../workload/request.ts';
import { requestKey } from '../../../workload/request-key.ts';
import { Disclosures } from '../disclosures.ts';
import { Servers } from '../routes/facts.ts';
import { ServedModels } from '../served-models.ts';
import { isCopied } from './copied.ts';
import { type ConfiguredSlo, concerns, featuresOn, toMeterSlos } from './slos.ts';
import { UnknownFinishes } from './unknown-finishes.ts';

/** A request under way. */
interface Open {
  /** Absent once all its targets have settled it. */
  request: WorkloadRequest | undefined;
  left: number;
  /** True until the log's own answer has its row. */
  unrecorded: boolean;
}

type KnownRequest = RequestFacts & { readonly request: WorkloadRequest };

/** What a recorder needs to know of the run. */
export interface RecorderOptions {
  readonly writer: RunWriter;
  readonly targets: readonly string[];
  /** Their prices, to compare what is reported with. */
  readonly priced: readonly Target[];
  readonly load: LoadKind;
  /** Targets that still have to settle a request in a pass; then it is forgotten. */
  readonly targetsLeft: (requestId: string, pass: number) => number;
  /** True where the log's own answer to the request is on file from an earlier part. */
  readonly recordedBefore: (requestId: string) => boolean;
  readonly keepAnswers: boolean;
  readonly slos: readonly ConfiguredSlo[];
  /** Time that one pattern or schema may take. @default longestCheckMs */
  readonly checkMs?: number | undefined;
}

/**
 * Takes the events of a replay: first to disk, then to the figures on the screen. Checks each
 * answer on its way.
 */
export class Recorder {
  readonly meter: Meter;
  readonly scores = new Scoreboard();
  readonly warnings: string[] = [];
  readonly disclosures = new Disclosures();
  readonly mismatches: MismatchBook;
  readonly servers = new Servers();
  readonly servedModels = new ServedModels();
  /** The first words of each kind of failure, by target. */
  readonly errors = new Map<string, Map<string, string>>();
  self: SelfCheck | undefined;
  /** The load that was there, by target; of this part of the run. */
  inFlight: Readonly<Record<string, AchievedLoad>> = {};
  /** Why the measurement cannot be believed; empty = valid. */
  faults: readonly string[] = [];
  readonly #finishes = new UnknownFinishes();
  #options: RecorderOptions;
  /** By pass and id. */
  #open = new Map<number, Map<string, Open>>();
  #flushing: NodeJS.Immediate | undefined;
  /** Why nothing can be written any more: thrown to whoever brings the next event. */
  #fault: unknown;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.meter = createMeter(options.targets, {
      slos: toMeterSlos(options.slos),
      concerns,
      load: options.load,
    });
    this.mismatches = new MismatchBook(options.priced);
  }

  /** Nothing more will come; the writer may be closed. */
  close(): void {
    clearImmediate(this.#flushing);
    this.#options.writer.close();
  }

  /** The requests of one pass, for the replay; keeps those that are under way. Writes nothing. */
  async *follow(
    requests: AsyncIterable<readonly WorkloadRequest[]>,
    pass: number,
  ): AsyncGenerator<readonly WorkloadRequest[]> {
    for (const [before, { size }] of this.#open) if (size === 0) this.#open.delete(before);
    const open = new Map<string, Open>();
    this.#open.set(pass, open);
    for await (const piece of requests) {
      for (const request of piece) {
        const left = this.#options.targetsLeft(request.id, pass);
        const unrecorded = pass === 1 && !this.#options.recordedBefore(request.id);
        if (left > 0) open.set(request.id, { request, left, unrecorded });
      }
      yield piece;
    }
  }

  /** Only what was reported can differ from what is computed, and the usage is read again for that. */
  #noteMismatch(attempt: Attempt): void {
    if (attempt.cost_source !== 'reported') return;
    this.mismatches.add({ ...attempt, read: readAnyUsage(attempt.usage) }, new Date());
  }

  /** Counts what an earlier part of the run has on file. Its gaps between chunks are not on file. */
  async takeEarlier(
    attempts: AsyncIterable<Attempt>,
    outcomes: AsyncIterable<Outcome>,
  ): Promise<void> {
    const byCell = new Map<string, Attempt[]>();
    for await (const attempt of attempts) {
      this.meter.add({ kind: 'attempt', attempt, gaps: new Uint32Array(0) });
      this.#noteMismatch(attempt);
      this.servers.add(attempt);
      this.#noteModel(attempt);
      this.#noteError(attempt);
      this.#finishes.add(attempt);
      const key = requestKey(attempt);
      byCell.set(key, [...(byCell.get(key) ?? []), attempt]);
    }
    for await (const outcome of outcomes) {
      if (outcome.target === RECORDED) continue;
      this.scores.add(outcome);
      const { request_id, target, pass = 1, reason = '' } = outcome;
      const cell = { request_id, target, pass };
      if (outcome.status === 'skipped') this.meter.add({ kind: 'skipped', ...cell, reason });
      const tried = byCell.get(requestKey(cell)) ?? [];
      if (tried.length > 0 && pass === 1) {
        this.disclosures.add(target, outcome.features?.['metadata.data_class']);
      }
      if (outcome.status !== 'skipped') {
        this.meter.add({ kind: 'settled', ...cell, attempts: tried }, featuresOn(outcome));
      }
    }
  }

  /** @throws StorageError where earlier events could not be written. */
  take(event: ReplayEvent): void {
    if (this.#fault) throw this.#fault;
    switch (event.kind) {
      case 'settled':
        this.meter.add(event, this.#settle(event).features);
        return;
      case 'skipped':
        this.#skip(event);
        break;
      case 'attempt':
        this.#disclose(event.attempt);
        this.#noteMismatch(event.attempt);
        this.servers.add(event.attempt);
        this.#noteModel(event.attempt);
        this.#finishes.add(event.attempt);
        this.#options.writer.addAttempt(event.attempt, event.row);
        this.#flushSoon();
        this.#noteError(event.attempt);
        break;
      case 'warning':
        this.warnings.push(event.target ? `${event.target}: ${event.message}` : event.message);
        break;
      case 'finished':
        this.self = event.self;
        this.inFlight = event.in_flight;
        this.faults = event.faults;
        this.warnings.push(...this.#finishes.lines());
        break;
      case 'self':
        this.self = event.self;
        break;
      case 'started':
      case 'load':
        break;
    }
    this.meter.add(event);
  }

  #noteModel(attempt: Attempt): void {
    const warning = this.servedModels.add(attempt);
    if (warning !== undefined) this.warnings.push(warning);
  }

  #noteError(attempt: Attempt): void {
    if (attempt.status === 'ok') return;
    const ofTarget = this.errors.get(attempt.target) ?? new Map<string, string>();
    this.errors.set(attempt.target, ofTarget);
    if (!ofTarget.has(attempt.status)) ofTarget.set(attempt.status, attempt.error);
  }

  /** Further passes and retries show the same to the same. */
  #disclose({ request_id, target, pass, attempt }: Attempt): void {
    if (pass > 1 || attempt > 1) return;
    const open = this.#open.get(pass)?.get(request_id);
    this.disclosures.add(target, open?.request?.metadata.data_class);
  }

  /** Writes the row of a request at one target; gives back what is known of the request. */
  #settle(event: SettledEvent): RequestFacts {
    const facts = this.#settling(event);
    const verdict = verdictOn(event, facts.request, this.#options.checkMs);
    const waited = waitBefore(event.attempts, this.#options.load);
    const outcome = joinOutcome(facts, { settled: event, verdict, waited });
    const answer = this.#options.keepAnswers ? event.answer : undefined;
    const copied = answer && isCopied(facts.request.body, answer.answer);
    this.#options.writer.addSettled({
      outcome,
      ...(answer && { answer: copied ? { ...answer, copied } : answer }),
      ...(verdict && { verdict }),
    });
    this.scores.add(outcome);
    this.#flushSoon();
    return facts;
  }

  #skip(event: Extract<ReplayEvent, { kind: 'skipped' }>): void {
    const outcome = skippedOutcome(this.#settling(event), event);
    this.#options.writer.addSettled({ outcome });
    this.scores.add(outcome);
    this.#flushSoon();
  }

  /** The request that an event settles for one more target; its first target brings the log's row. */
  #settling({ request_id, pass }: Pick<SettledEvent, 'request_id' | 'pass'>): KnownRequest {
    const ofPass = this.#open.get(pass);
    const open = ofPass?.get(request_id);
    const request = open?.request;
    if (!request) throw new Error(`no such request under way: ${request_id}`);
    const facts = { request, features: readFeatures(request) };
    if (open.unrecorded) this.#addRecorded(facts);
    open.unrecorded = false;
    open.left -= 1;
    if (open.left > 0) return facts;
    ofPass?.delete(request_id);
    // Dead tables of a map with many additions and deletions hold their entries until the next full
    // collection; this one holds nothing then.
    open.request = undefined;
    return facts;
  }

  /** The log's own answer stands in the table beside those of the targets. */
  #addRecorded(facts: KnownRequest): void {
    const { recorded, expect } = facts.request;
    const { answer, tool_calls } = recorded ?? {};
    const asksTools = expect.some((each) => 'tool_call' in each);
    const known = asksTools ? tool_calls !== undefined : answer !== undefined;
    const said = { answer: answer ?? '', ...(tool_calls && { tool_calls: [...tool_calls] }) };
    const check = known ? checkedBy(facts.request, said, this.#options.checkMs) : undefined;
    const verdict = check && !('broken' in check) && toScore(facts.request, check);
    const outcome = recordedOutcome(facts, verdict || undefined);
    if (outcome) this.#options.writer.addSettled({ outcome });
  }

  /** One write for all events of a batch: the loop comes back here when the batch is through. */
  #flushSoon(): void {
    this.#flushing ??= setImmediate(() => {
      this.#flushing = undefined;
      try {
        this.#options.writer.flush();
      } catch (error) {
        this.#fault = error;
      }
    });
  }
}

/** Checks decide where nothing else is asked for; a rubric or a reference is for judges. */
function checkedBy(
  { expect }: WorkloadRequest,
  answer: Pick<Answer, 'answer' | 'tool_calls'>,
  mostMs: number | undefined,
) {
  const kind = toQualityKind(expect);
  return kind === 'check' || kind === 'agreement' ? checkAnswer(expect, answer, mostMs) : undefined;
}

const toScore = ({ expect }: WorkloadRequest, { quality }: CheckVerdict) => ({
  quality,
  quality_kind: toQualityKind(expect),
});

function verdictOn(
  event: SettledEvent,
  request: WorkloadRequest,
  mostMs: number | undefined,
): Verdict | undefined {
  if (!event.answer) return undefined;
  const result = checkedBy(request, event.answer, mostMs);
  if (!result || 'broken' in result) return undefined;
  const { request_id, target, pass } = event;
  return { request_id, target, pass, ...result, ...toScore(request, result) };
}
