import type { Attempt, CompletedAttempt } from '../replay/event/attempt.ts';
import type { Gaps, ReplayEvent } from '../replay/event/event.ts';

import { ms } from '../units.ts';
import {
  type GoodputBook,
  type GoodputOptions,
  openGoodput,
  type RequestFeatures,
  type SettledRow,
} from './goodput.ts';
import { createHistogram, type Histogram } from './histogram.ts';
import { encodeHlog } from './hlog.ts';
import { type MetricName, metricEntry, metricNames, type ScreenTimes } from './metrics.ts';
import { overPasses } from './passes.ts';
import { type Percentiles, toPercentiles } from './percentiles.ts';
import type { Distributions, Summary, TargetSummary } from './summary.ts';
import { type AttemptTally, countAttempt, emptyTally, sumTallies, toTotals } from './tally.ts';
import { createTrend, type Trend } from './trend.ts';

/** Folds the events of a run into numbers as they come; it keeps distributions, no events. */
export interface Meter {
  /** `features` are those of the request that a `settled` event ends; SLOs are matched with them. */
  add(event: ReplayEvent, features?: RequestFeatures): void;
  /** The few figures that a screen shows; cheap enough for some times a second. */
  snapshot(): readonly TargetSnapshot[];
  summary(): Summary;
  /** Every distribution as HdrHistogram log text, tagged `<target>.<metric>`. */
  hlog(): string;
}

/** Where one target stands now. */
export interface TargetSnapshot extends ScreenTimes {
  readonly target: string;
  readonly settled: number;
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
  readonly retries: number;
  readonly in_flight: number;
  readonly waiting: number;
  readonly output_tokens_per_s?: number;
  readonly cost_usd: number;
  /** Share of the requests that kept every SLO. */
  readonly goodput?: number;
}

interface Recorder<Row> {
  readonly histogram: Histogram;
  readonly value: (row: Row) => number | undefined;
}

interface RequestRecorder {
  readonly histogram: Histogram;
  readonly value: (first: Attempt, last: CompletedAttempt) => number;
}

interface Recorders {
  readonly perAttempt: readonly Recorder<Attempt>[];
  readonly perAnswer: readonly Recorder<CompletedAttempt>[];
  readonly perRequest: readonly RequestRecorder[];
}

interface Book extends Recorders {
  readonly target: string;
  readonly tally: AttemptTally;
  readonly histograms: Readonly<Record<MetricName, Histogram>>;
  /** Attempts that had gaps. */
  streams: number;
  /** Present where SLOs were given. */
  readonly goodput: GoodputBook | undefined;
  readonly ttftTrend: Trend;
  /** TTFT and latency of each pass, from the first. */
  readonly passes: { readonly ttft: Histogram; readonly latency: Histogram }[];
  inFlight: number;
  waiting: number;
}

/** Without SLOs goodput is not said. */
export type MeterOptions = Partial<GoodputOptions>;

const unasked = {
  slos: [],
  concerns: ({ when }) => when === undefined,
  load: 'open',
} as const satisfies GoodputOptions;

/**
 * A meter for the targets, in the order in which the summary is to name them; one that only events
 * name is added behind them.
 */
export function createMeter(targets: readonly string[], options: MeterOptions = {}): Meter {
  const asked: GoodputOptions = { ...unasked, ...options };
  const books = new Map(targets.map((target) => [target, openBook(target, asked)]));
  let startedAt = 0;
  const findBook = (target: string): Book => {
    const book = books.get(target) ?? openBook(target, asked);
    books.set(target, book);
    return book;
  };
  return {
    add(event, features) {
      switch (event.kind) {
        case 'attempt':
          return addAttempt(findBook(event.attempt.target), event.attempt, event.gaps);
        case 'settled':
          return addSettled(findBook(event.target), { event, features });
        case 'skipped':
          findBook(event.target).tally.skipped += 1;
          return;
        case 'load':
          Object.assign(findBook(event.target), {
            inFlight: event.in_flight,
            waiting: event.waiting,
          });
          return;
        case 'started':
          startedAt = Date.parse(event.started_at);
          return;
        case 'warning':
        case 'self':
        case 'finished':
          return;
      }
    },
    snapshot: () => [...books.values()].map(toSnapshot),
    summary: () => ({
      targets: [...books.values()].map(toSummary),
      total: toTotals(sumTallies([...books.values()].map((book) => book.tally))),
    }),
    hlog: () =>
      encodeHlog(
        [...books.values()].flatMap((book) =>
          metricNames.map((metric) => ({
            tag: `${book.target}.${metric}`,
            histogram: book.histograms[metric],
            span: ms(toTotals(book.tally).span_ms),
          })),
        ),
        startedAt,
      ),
  };
}

function openBook(target: string, asked: GoodputOptions): Book {
  const histograms = Object.fromEntries(
    metricNames.map((name) => [name, createHistogram()]),
  ) as Record<MetricName, Histogram>;
  return {
    target,
    tally: emptyTally(),
    histograms,
    ...recorders(histograms),
    streams: 0,
    goodput: asked.slos.length > 0 ? openGoodput(asked) : undefined,
    ttftTrend: createTrend(),
    passes: [],
    inFlight: 0,
    waiting: 0,
  };
}

/** The sources of the histograms, sorted by what they are read from. */
function recorders(histograms: Book['histograms']): Recorders {
  const perAttempt: Recorder<Attempt>[] = [];
  const perAnswer: Recorder<CompletedAttempt>[] = [];
  const perRequest: RequestRecorder[] = [];
  for (const name of metricNames) {
    const { source } = metricEntry(name);
    const histogram = histograms[name];
    if (source.per === 'attempt') perAttempt.push({ histogram, value: source.value });
    if (source.per === 'answer') perAnswer.push({ histogram, value: source.value });
    if (source.per === 'request') perRequest.push({ histogram, value: source.value });
  }
  return { perAttempt, perAnswer, perRequest };
}

function addAttempt(book: Book, attempt: Attempt, gaps: Gaps): void {
  countAttempt(book.tally, attempt);
  if (attempt.warmup || attempt.cache_hit) return;
  for (const { histogram, value } of book.perAttempt) record(histogram, value(attempt));
  if (attempt.status !== 'ok') return;
  for (const { histogram, value } of book.perAnswer) record(histogram, value(attempt));
  if (gaps.length > 0) book.streams += 1;
  for (const gap of gaps) book.histograms.gap_ms.recordMicros(gap);
  const { ttft_ms, latency_ms } = attempt;
  book.ttftTrend.add(attempt.sent_ms, ttft_ms);
  const pass = findPass(book, attempt.pass);
  pass?.ttft.record(ms(ttft_ms));
  pass?.latency.record(ms(latency_ms));
}

function record(histogram: Histogram, value: number | undefined): void {
  if (value !== undefined) histogram.record(ms(value));
}

/** More passes than this say nothing new about the spread between passes. */
const mostPasses = 30;

function findPass(book: Book, pass: number): Book['passes'][number] | undefined {
  if (pass > mostPasses) return undefined;
  while (book.passes.length < pass) {
    book.passes.push({ ttft: createHistogram(2), latency: createHistogram(2) });
  }
  return book.passes[pass - 1];
}

function addSettled(book: Book, row: SettledRow): void {
  const { attempts } = row.event;
  book.tally.requests += 1;
  book.goodput?.add(row);
  const first = attempts[0];
  const last = attempts.at(-1);
  if (first === undefined || last?.status !== 'ok') return;
  book.tally.ok += 1;
  if (last.warmup || last.cache_hit) return;
  for (const { histogram, value } of book.perRequest) record(histogram, value(first, last));
}

function toSnapshot(book: Book): TargetSnapshot {
  const { tally } = book;
  const { output_tokens_per_s: rate } = toTotals(tally);
  const goodput = book.goodput?.share();
  return {
    target: book.target,
    settled: tally.requests,
    ok: tally.ok,
    failed: tally.requests - tally.ok,
    skipped: tally.skipped,
    retries: tally.retries,
    in_flight: book.inFlight,
    waiting: book.waiting,
    ...screenTimes(book),
    ...(rate !== undefined && { output_tokens_per_s: rate }),
    cost_usd: tally.cost,
    ...(goodput !== undefined && { goodput }),
  };
}

function toSummary(book: Book): TargetSummary {
  const totals = toTotals(book.tally);
  const goodput = book.goodput?.goodput();
  const trend = book.ttftTrend.read();
  const passes = summarizePasses(book);
  return {
    target: book.target,
    ...totals,
    service: section(book, 'service'),
    user: section(book, 'user'),
    waits: section(book, 'waits'),
    ...(goodput && { goodput }),
    ...(book.goodput && { slos: book.goodput.slos() }),
    ...(trend && { ttft_trend: trend }),
    ...(passes && { passes }),
  };
}

/** What a screen shows of the distributions. */
function screenTimes({ histograms }: Book): ScreenTimes {
  const times: Record<string, number> = Object.create(null);
  for (const name of metricNames) {
    const { onScreen, column } = metricEntry(name);
    const histogram = histograms[name];
    if (!onScreen || histogram.count() === 0) continue;
    times[`${column}_p50_ms`] = histogram.at(50);
    times[`${column}_p99_ms`] = histogram.at(99);
  }
  return times;
}

/** The percentiles of one section of the summary, of what has any. */
function section<Section extends string>(book: Book, wanted: Section): Distributions<Section> {
  const found: Partial<Record<MetricName, Percentiles>> = {};
  for (const name of metricNames) {
    if (metricEntry(name).section !== wanted) continue;
    const independent = metricEntry(name).source.per === 'gap' ? book.streams : undefined;
    const percentiles = toPercentiles(book.histograms[name], independent);
    if (percentiles) found[name] = percentiles;
  }
  return found as Distributions<Section>;
}

function summarizePasses({ passes }: Book): TargetSummary['passes'] {
  if (passes.length < 2) return undefined;
  const of = (which: 'ttft' | 'latency', percent: number) =>
    overPasses(
      passes.flatMap((pass) => (pass[which].count() > 0 ? [pass[which].at(percent)] : [])),
    );
  const [ttft, latency, slow] = [of('ttft', 50), of('latency', 50), of('latency', 95)];
  if (!ttft || !latency || !slow) return undefined;
  return { ttft_p50_ms: ttft, latency_p50_ms: latency, latency_p95_ms: slow };
}
