import { createMeter } from '../../measure/meter.ts';
import type { Outcome } from '../../outcome/outcome.ts';
import { Scoreboard } from '../../outcome/scoreboard.ts';
import type { Attempt } from '../../replay/event/attempt.ts';
import { type Dice, dice } from '../../statistics/random.test.helper.ts';
import { makeManifest } from '../../store/manifest.test.helper.ts';
import type { Manifest } from '../../store/manifest.ts';
import { RunWriter } from '../../store/run.ts';
import { withQuality, writeSummary } from '../../store/summary.ts';
import { roundMs } from '../../units.ts';

/** What a made run is of. */
export interface MadeRun {
  readonly requests: number;
  /** @default target-0 and on: each dearer and better than the one before; the last two are one model */
  readonly targets: readonly string[];
  /** @default seven tasks */
  readonly tasks?: readonly string[];
  /** What a failed attempt says. @default 'the upstream is overloaded' */
  readonly error?: string;
  /** @default a sentence of its own for each */
  readonly answer?: string;
  /** What is put over the manifest. */
  readonly manifest?: Partial<Manifest>;
}

const sevenTasks = ['chat', 'classify', 'code', 'documents', 'extract', 'summarize', 'tools'];

export const nameTargets = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `target-${at}`);

/**
 * A complete, valid run as arb bench leaves one, by the writers of the store: attempts, answers, outcomes,
 * summary, histograms and manifest, drawn by a fixed seed.
 */
export function writeRun(dir: string, made: MadeRun): void {
  const { targets, requests } = made;
  const writer = RunWriter.create(dir, createManifest(dir, made));
  const meter = createMeter(targets);
  const scores = new Scoreboard();
  const roll = dice(requests);
  for (let index = 0; index < requests; index++) {
    const request = drawRequest(roll, made, index);
    for (const [at, target] of targets.entries()) {
      const attempts = drawAttempts(roll, request, { target, at, made });
      const outcome = toOutcome(roll, request, { attempts, strength: strengthOf(at, targets) });
      for (const attempt of attempts) {
        writer.addAttempt(attempt);
        meter.add({ kind: 'attempt', attempt, gaps: [] });
      }
      const { id } = request;
      meter.add({ kind: 'settled', request_id: id, target, pass: 1, attempts });
      scores.add(outcome);
      const answer = made.answer ?? `Request ${index} is answered by ${target} in some words.`;
      const isAnswered = outcome.status === 'ok';
      writer.addSettled({
        ...(isAnswered && { answer: { request_id: id, target, pass: 1, answer } }),
        outcome,
      });
    }
    if (index % 1_000 === 999) writer.flush();
  }
  writer.close();
  const measured = meter.summary();
  const summary = {
    kind: 'summary',
    version: 1,
    run: dir,
    state: 'complete',
    invalid: made.manifest?.invalid ?? [],
    ...measured,
    targets: withQuality(measured, (target) => scores.of(target)),
  } as const;
  writeSummary(dir, summary, meter.hlog());
}

function createManifest(dir: string, { requests, targets, manifest }: MadeRun): Manifest {
  const last = targets.length - 1;
  const toConfig = (name: string, at: number) => [
    name,
    {
      provider: 'openai-compatible',
      base_url: `http://127.0.0.1:${9_000 + at}/v1`,
      // The last two are two routes to one model.
      model: `model-${Math.min(at, Math.max(1, last - 1))}`,
      price: toPrice(at),
    },
  ];
  return makeManifest({
    name: 'made',
    started_at: '2026-11-20T02:00:00.000Z',
    ended_at: '2026-11-20T03:00:00.000Z',
    workload: { file: `${dir}.workload.jsonl`, hash: 'sha256-0', requests },
    config: { targets: Object.fromEntries(targets.map(toConfig)) },
    targets,
    prices: {
      catalogue: '2026-11-19',
      overridden: targets,
      by_target: Object.fromEntries(targets.map((name, at) => [name, toPrice(at)])),
    },
    vantage: { name: 'here', node: process.version, cpus: 2 },
    versions: {},
    ...manifest,
  });
}

const toPrice = (at: number) => ({ input: 0.1 * 1.3 ** at, output: 0.4 * 1.3 ** at });

const strengthOf = (at: number, { length }: readonly string[]) => 0.7 + (0.28 * at) / length;

interface Drawn {
  readonly id: string;
  readonly task: string;
  readonly tokens: number;
  readonly difficulty: number;
  readonly at: number;
}

const chance = (roll: Dice) => roll(1 << 24) / (1 << 24);

function drawRequest(roll: Dice, { tasks = sevenTasks }: MadeRun, index: number): Drawn {
  return {
    id: `r-${String(index).padStart(7, '0')}`,
    task: tasks[roll(tasks.length)] ?? '',
    tokens: Math.floor(Math.exp(3 + chance(roll) * 6)),
    difficulty: chance(roll),
    at: index * 30,
  };
}

interface Asked {
  readonly target: string;
  readonly at: number;
  readonly made: MadeRun;
}

/** One in forty fails at first, and a fifth of these for good. */
function drawAttempts(roll: Dice, request: Drawn, { target, at, made }: Asked): Attempt[] {
  const failing = chance(roll) < 0.025 ? 1 : 0;
  const lost = failing === 1 && chance(roll) < 0.2;
  const attempts: Attempt[] = [];
  const output = 20 + roll(200);
  const price = toPrice(at);
  for (let attempt = 1; attempt <= failing + 1; attempt++) {
    const backoff = attempt > 1 ? 400 : 0;
    const ttft = roundMs(80 + 40 * at + Math.exp(chance(roll) * 6));
    const base = {
      request_id: request.id,
      target,
      pass: 1,
      attempt,
      intended_ms: request.at,
      sent_ms: roundMs(request.at + backoff + (attempt - 1) * ttft),
      lag_ms: 0.1,
      queue_ms: 0,
      limit_ms: 0,
      backoff_ms: backoff,
      connect_ms: 0,
      served_model: `model-${at}`,
      served_by: `host-${at}`,
    };
    attempts.push(
      attempt <= failing || lost
        ? {
            ...base,
            status: 'server-error',
            error: made.error ?? 'the upstream is overloaded',
            http_status: 503,
            latency_ms: ttft,
          }
        : {
            ...base,
            status: 'ok',
            http_status: 200,
            first_byte_ms: ttft,
            ttft_ms: ttft,
            latency_ms: roundMs(ttft + output * (8 + at)),
            chunks: output,
            finish_reason: 'stop',
            billed_input_tokens: request.tokens,
            output_tokens: output,
            usage: { prompt_tokens: request.tokens, completion_tokens: output },
            cost_usd: (price.input * request.tokens + price.output * output) / 1e6,
            cost_source: 'override',
          },
    );
  }
  return attempts;
}

interface Tried {
  readonly attempts: readonly Attempt[];
  readonly strength: number;
}

function toOutcome(roll: Dice, request: Drawn, { attempts, strength }: Tried): Outcome {
  const [first] = attempts;
  const last = attempts.at(-1);
  const isAnswered = last?.status === 'ok';
  const right = (chance(roll) < 0.85 ? request.difficulty : chance(roll)) < strength;
  return {
    request_id: request.id,
    target: last?.target ?? '',
    pass: 1,
    ...(request.task !== '' && { task: request.task }),
    status: isAnswered ? 'ok' : 'failed',
    ...(!isAnswered && { reason: 'server-error' }),
    attempts: attempts.length,
    input_tokens: request.tokens,
    cost_usd: attempts.reduce((sum, { cost_usd = 0 }) => sum + cost_usd, 0),
    ...(isAnswered && {
      quality: right ? 1 : 0,
      quality_kind: 'check' as const,
      billed_input_tokens: request.tokens,
      output_tokens: last.output_tokens ?? 0,
      ttft_ms: roundMs(last.sent_ms + last.ttft_ms - last.intended_ms),
      latency_ms: roundMs(last.sent_ms + last.latency_ms - last.intended_ms),
    }),
    sent_ms: first?.sent_ms ?? 0,
  };
}
