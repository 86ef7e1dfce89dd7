import type { Attempt } from '../replay/event/attempt.ts';
import type { Gaps, ReplayEvent, SettledEvent } from '../replay/event/event.ts';
import { ms } from '../units.ts';
import { type GoodputBook, type GoodputOptions, openGoodput } from './goodput.ts';
import { createHistogram, type Histogram } from './histogram.ts';
import { encodeHlog } from './hlog.ts';
import { overPasses } from './passes.ts';
import { percentilesOf } from './percentiles.ts';
import type { Summary, TargetSummary } from './summary.ts';
import { countAttempt, emptyTally, sumTallies, type Tally, totalsOf } from './tally.ts';
import { createTrend, type Trend } from './trend.ts';

/** Folds the events of a run into numbers as they come; it keeps distributions, no events. */
export interface Meter {
  add(event: ReplayEvent): void;
  /** The few figures that a screen shows; cheap enough for some times a second. */
  snapshot(): readonly TargetSnapshot[];
  summary(): Summary;
  /** Every distribution as HdrHistogram log text, tagged `<target>.<metric>`. */
  hlog(): string;
}

/** Where one target stands now. */
export interface TargetSnapshot {
  readonly target: string;
  readonly settled: number;
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
  readonly retries: number;
  readonly in_flight: number;
  readonly waiting: number;
  readonly ttft_p50_ms?: number;
  readonly ttft_p99_ms?: number;
  readonly latency_p50_ms?: number;
  readonly latency_p99_ms?: number;
  readonly output_tokens_per_s?: number;
  readonly cost_usd: number;
  /** Share of the requests that kept every SLO. */
  readonly goodput?: number;
}

/** All distributions, under the names they are stored by. */
const metrics = [
  'ttft_ms',
  'ttfo_ms',
  'latency_ms',
  'gap_ms',
  'tpot_ms',
  'connect_ms',
  'response_ms',
  'response_ttft_ms',
  'lag_ms',
  'queue_ms',
  'limit_ms',
  'backoff_ms',
] as const;

export type Metric = (typeof metrics)[number];

interface Book {
  readonly target: string;
  readonly tally: Tally;
  readonly histograms: Readonly<Record<Metric, Histogram>>;
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

export function createMeter(targets: readonly string[], options: MeterOptions = {}): Meter {
  const asked: GoodputOptions = { ...unasked, ...options };
  const books = new Map(targets.map((target) => [target, openBook(target, asked)]));
  let startedAt = 0;
  const bookOf = (target: string): Book => {
    const book = books.get(target) ?? openBook(target, asked);
    books.set(target, book);
    return book;
  };
  return {
    add(event) {
      switch (event.kind) {
        case 'attempt':
          return addAttempt(bookOf(event.attempt.target), event.attempt, event.gaps);
        case 'settled':
          return addSettled(bookOf(event.target), event);
        case 'skipped':
          bookOf(event.target).tally.skipped += 1;
          return;
        case 'load':
          Object.assign(bookOf(event.target), {
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
    snapshot: () => [...books.values()].map(snapshotOf),
    summary: () => ({
      targets: [...books.values()].map(summaryOf),
      total: totalsOf(sumTallies([...books.values()].map((book) => book.tally))),
    }),
    hlog: () =>
      encodeHlog(
        [...books.values()].flatMap((book) =>
          metrics.map((metric) => ({
            tag: `${book.target}.${metric}`,
            histogram: book.histograms[metric],
            span: ms(totalsOf(book.tally).span_ms),
          })),
        ),
        startedAt,
      ),
  };
}

function openBook(target: string, asked: GoodputOptions): Book {
  const histograms = Object.fromEntries(metrics.map((metric) => [metric, createHistogram()]));
  return {
    target,
    tally: emptyTally(),
    histograms: histograms as Record<Metric, Histogram>,
    streams: 0,
    goodput: asked.slos.length > 0 ? openGoodput(asked) : undefined,
    ttftTrend: createTrend(),
    passes: [],
    inFlight: 0,
    waiting: 0,
  };
}

function addAttempt(book: Book, attempt: Attempt, gaps: Gaps): void {
  const { histograms } = book;
  countAttempt(book.tally, attempt);
  if (attempt.warmup || attempt.cache_hit) return;
  histograms.lag_ms.record(ms(attempt.lag_ms));
  histograms.queue_ms.record(ms(attempt.queue_ms));
  histograms.limit_ms.record(ms(attempt.limit_ms));
  histograms.backoff_ms.record(ms(attempt.backoff_ms));
  histograms.connect_ms.record(ms(attempt.connect_ms));
  if (attempt.status !== 'ok') return;
  const { ttft_ms, ttfo_ms, latency_ms, output_tokens = 0 } = attempt;
  histograms.ttft_ms.record(ms(ttft_ms));
  histograms.latency_ms.record(ms(latency_ms));
  if (ttfo_ms !== undefined) histograms.ttfo_ms.record(ms(ttfo_ms));
  if (output_tokens > 1) {
    histograms.tpot_ms.record(ms((latency_ms - ttft_ms) / (output_tokens - 1)));
  }
  if (gaps.length > 0) book.streams += 1;
  for (const gap of gaps) histograms.gap_ms.recordMicros(gap);
  book.ttftTrend.add(attempt.sent_ms, ttft_ms);
  const pass = passOf(book, attempt.pass);
  pass?.ttft.record(ms(ttft_ms));
  pass?.latency.record(ms(latency_ms));
}

/** More passes than this say nothing new about the spread between passes. */
const mostPasses = 30;

function passOf(book: Book, pass: number): Book['passes'][number] | undefined {
  if (pass > mostPasses) return undefined;
  while (book.passes.length < pass) {
    book.passes.push({ ttft: createHistogram(2), latency: createHistogram(2) });
  }
  return book.passes[pass - 1];
}

function addSettled(book: Book, event: SettledEvent): void {
  const { attempts } = event;
  book.tally.requests += 1;
  book.goodput?.add(event);
  const first = attempts[0];
  const last = attempts.at(-1);
  if (first === undefined || last?.status !== 'ok') return;
  book.tally.ok += 1;
  if (last.warmup || last.cache_hit) return;
  const { response_ms, response_ttft_ms } = book.histograms;
  response_ms.record(ms(last.sent_ms + last.latency_ms - first.intended_ms));
  response_ttft_ms.record(ms(last.sent_ms + last.ttft_ms - first.intended_ms));
}

function snapshotOf(book: Book): TargetSnapshot {
  const { tally, histograms } = book;
  const { ttft_ms: ttft, latency_ms: latency } = histograms;
  const { output_tokens_per_s: rate } = totalsOf(tally);
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
    ...(latency.count() > 0 && {
      ttft_p50_ms: ttft.at(50),
      ttft_p99_ms: ttft.at(99),
      latency_p50_ms: latency.at(50),
      latency_p99_ms: latency.at(99),
    }),
    ...(rate !== undefined && { output_tokens_per_s: rate }),
    cost_usd: tally.cost,
    ...(goodput !== undefined && { goodput }),
  };
}

function summaryOf(book: Book): TargetSummary {
  const of = <M extends Metric>(...names: readonly M[]) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const independent = name === 'gap_ms' ? book.streams : undefined;
        const percentiles = percentilesOf(book.histograms[name], independent);
        return percentiles ? [[name, percentiles]] : [];
      }),
    );
  const totals = totalsOf(book.tally);
  const goodput = book.goodput?.goodput();
  const trend = book.ttftTrend.read();
  const passes = passesOf(book);
  return {
    target: book.target,
    ...totals,
    service: of('ttft_ms', 'ttfo_ms', 'latency_ms', 'gap_ms', 'tpot_ms', 'connect_ms'),
    user: of('response_ms', 'response_ttft_ms'),
    waits: of('lag_ms', 'queue_ms', 'limit_ms', 'backoff_ms'),
    ...(goodput && { goodput }),
    ...(book.goodput && { slos: book.goodput.slos() }),
    ...(trend && { ttft_trend: trend }),
    ...(passes && { passes }),
  };
}

function passesOf({ passes }: Book): TargetSummary['passes'] {
  if (passes.length < 2) return undefined;
  const of = (which: 'ttft' | 'latency', percent: number) =>
    overPasses(
      passes.flatMap((pass) => (pass[which].count() > 0 ? [pass[which].at(percent)] : [])),
    );
  const [ttft, latency, slow] = [of('ttft', 50), of('latency', 50), of('latency', 95)];
  if (!ttft || !latency || !slow) return undefined;
  return { ttft_p50_ms: ttft, latency_p50_ms: latency, latency_p95_ms: slow };
}
