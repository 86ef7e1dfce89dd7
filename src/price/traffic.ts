import type { Target } from '../provider/target/target.ts';
import type { Usage } from '../provider/usage/usage.ts';
import { type Tokens, tokens } from '../units.ts';
import { describeApp } from '../workload/app.ts';
import { readFeatures, readNamed } from '../workload/features.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import { cataloguePrice } from './catalogue.ts';
import { priceBill } from './cost.ts';

/** A part of the recorded traffic and what it cost. */
export interface TrafficPart {
  requests: number;
  inputTokens: number;
  /** Of the requests whose answer was counted. */
  outputTokens: number;
  withOutput: number;
  /** As recorded, else by the list price of the recorded model. */
  costUsd: number;
  priced: number;
}

/** What the same traffic would cost at a target's list price, quality aside. */
export interface Elsewhere {
  readonly target: string;
  readonly costUsd: number;
  /** With answers half and twice as long, within `max_tokens`: a range to plan with. */
  readonly lowUsd: number;
  readonly highUsd: number;
  readonly priced: number;
}

/** What a workload is and what it costs today. */
export interface Traffic {
  readonly total: TrafficPart;
  /** By dimension (`task`, `app`, `length`, `target`), then by value. */
  readonly by: Readonly<Record<Dimension, ReadonlyMap<string, TrafficPart>>>;
  readonly elsewhere: readonly Elsewhere[];
  /** What applications can be called, by the fingerprint that they were found by. */
  readonly appNames: ReadonlyMap<string, string>;
  /** Input tokens are the provider's where recorded, else o200k_base's. */
  readonly forecast: number;
}

export const dimensions = ['task', 'app', 'length', 'target'] as const;
export type Dimension = (typeof dimensions)[number];

/** Tier bounds of the usual length rules, in tokens of the feature. */
const lengths = [1_000, 4_000, 32_000] as const;

/**
 * Values kept apart in each dimension, by their first request: beyond, a log names something else than
 * groups (an id for each request), and a table of them has no bound.
 */
const mostValues = 1_000;
/** Where the requests of all further values are counted. */
const others = 'all others';

/** An answer nobody counted is taken for the mean of those that were, or this. */
const UNKNOWN_OUTPUT = 256;

export interface TrafficOptions {
  readonly targets: readonly Target[];
  readonly at: Date;
  readonly forecast: (body: WorkloadRequest['body']) => Tokens;
}

/** Folds a workload into what it costs today and what it would cost elsewhere. */
export async function inspectTraffic(
  requests: AsyncIterable<WorkloadRequest>,
  { targets, at, forecast }: TrafficOptions,
): Promise<Traffic> {
  const total = emptyPart();
  const by = { task: new Map(), app: new Map(), length: new Map(), target: new Map() };
  const appNames = new Map<string, string>();
  const elsewhere = targets.map((target) => ({
    target,
    costUsd: 0,
    lowUsd: 0,
    highUsd: 0,
    priced: 0,
  }));
  let forecasts = 0;
  for await (const request of requests) {
    const { recorded } = request;
    if (recorded?.input_tokens === undefined) forecasts += 1;
    const output = recorded?.output_tokens ?? meanOutput(total, request);
    const usage: Usage = {
      inputTokens: recorded?.input_tokens ?? forecast(request.body),
      outputTokens: tokens(output),
    };
    const cost = costToday(request, usage, { targets, at });
    for (const part of [total, ...toTraffic(request, by, appNames)])
      count(part, request, { usage, cost });
    const most = request.body.max_tokens ?? Infinity;
    const costAt = (target: Target, outputTokens: number) =>
      priceBill({ target, usage: { ...usage, outputTokens: tokens(outputTokens) }, at }).cost ?? 0;
    for (const place of elsewhere) {
      const there = priceBill({ target: place.target, usage, at }).cost;
      if (there === undefined) continue;
      place.costUsd += there;
      place.lowUsd += costAt(place.target, output / 2);
      place.highUsd += costAt(place.target, Math.min(2 * output, Math.max(most, output)));
      place.priced += 1;
    }
  }
  return {
    total,
    by: { ...by, app: foldSmall(by.app, total) },
    appNames,
    elsewhere: elsewhere.map(({ target, ...sums }) => ({ target: target.name, ...sums })),
    forecast: forecasts,
  };
}

function emptyPart(): TrafficPart {
  return { requests: 0, inputTokens: 0, outputTokens: 0, withOutput: 0, costUsd: 0, priced: 0 };
}

function meanOutput({ outputTokens, withOutput }: TrafficPart, { body }: WorkloadRequest): number {
  const mean = withOutput > 0 ? outputTokens / withOutput : UNKNOWN_OUTPUT;
  return Math.min(Math.round(mean), body.max_tokens ?? Infinity);
}

/** As recorded, else at the price of the target of that name, else at the model's list price. */
function costToday(
  { recorded }: WorkloadRequest,
  usage: Usage,
  { targets, at }: Pick<TrafficOptions, 'targets' | 'at'>,
): number | undefined {
  if (recorded?.cost !== undefined) return recorded.cost;
  const name = recorded?.target;
  if (name === undefined) return undefined;
  const target = targets.find((each) => each.name === name);
  if (target) return priceBill({ target, usage, at }).cost;
  const listed = cataloguePrice({ model: name }, usage, at);
  return 'usd' in listed ? listed.usd : undefined;
}

function toTraffic(
  request: WorkloadRequest,
  by: Readonly<Record<Dimension, Map<string, TrafficPart>>>,
  appNames: Map<string, string>,
): TrafficPart[] {
  const features = readFeatures(request);
  const { app, input_tokens } = features;
  const task = readNamed('task', request.task, features);
  if (app !== undefined && request.metadata.app === undefined && !appNames.has(String(app))) {
    const name = describeApp(request);
    if (name !== undefined) appNames.set(String(app), name);
  }
  const values: Record<Dimension, string> = {
    task: task ?? 'not said',
    app: String(app ?? 'not said'),
    length: toLengthClass(Number(input_tokens)),
    target: request.recorded?.target ?? 'not said',
  };
  return dimensions.map((dimension) => {
    const parts = by[dimension];
    const value = values[dimension];
    const name = parts.size < mostValues || parts.has(value) ? value : others;
    const part = parts.get(name) ?? emptyPart();
    parts.set(name, part);
    return part;
  });
}

/** Applications with less than this share of the requests are shown as one. */
const SMALL = 0.01;

/** The name of the small groups together. */
const OTHER = 'other';

/** Two or more small groups become one. */
function foldSmall(
  parts: ReadonlyMap<string, TrafficPart>,
  total: TrafficPart,
): ReadonlyMap<string, TrafficPart> {
  const isSmall = ([, { requests }]: [string, TrafficPart]) => requests < SMALL * total.requests;
  const small = [...parts].filter(isSmall);
  if (small.length < 2) return parts;
  const folded = new Map([...parts].filter((each) => !isSmall(each)));
  const other = { ...(folded.get(OTHER) ?? emptyPart()) };
  for (const [, part] of small) {
    for (const key of Object.keys(other) as (keyof TrafficPart)[]) other[key] += part[key];
  }
  return folded.set(OTHER, other);
}

function toLengthClass(inputTokens: number): string {
  const at = lengths.findIndex((bound) => inputTokens < bound);
  if (at === 0) return `under ${lengths[0]}`;
  return at < 0 ? `from ${lengths.at(-1)}` : `${lengths[at - 1]} to ${lengths[at]}`;
}

function count(
  part: TrafficPart,
  { recorded }: WorkloadRequest,
  { usage, cost }: { readonly usage: Usage; readonly cost: number | undefined },
): void {
  part.requests += 1;
  part.inputTokens += usage.inputTokens;
  if (recorded?.output_tokens !== undefined) {
    part.outputTokens += recorded.output_tokens;
    part.withOutput += 1;
  }
  if (cost !== undefined) {
    part.costUsd += cost;
    part.priced += 1;
  }
}
