import type { Arbitrage } from '../../arbitrage/arbitrage.ts';
import type { CheckReport } from '../../optimize/check.ts';
import type { CertifiedFloors } from '../../optimize/floors.ts';
import type { FrontierView } from '../../optimize/views.ts';
import type { Manifest } from '../../store/manifest.ts';
import type { RunSummary } from '../../store/summary.ts';
import type { DecidedCase } from '../text/verdict.ts';

/** Everything a report shows of one run. Plain data: times in ms, money in USD, shares of 1. */
export interface ReportData {
  readonly dir: string;
  /** ISO 8601. */
  readonly made_at: string;
  readonly manifest: Manifest;
  readonly summary: RunSummary;
  readonly targets: readonly TargetFigures[];
  readonly tasks: readonly TaskFigures[];
  readonly requests: RequestSample;
  /** What was decided on the run, where something could be. */
  readonly decision?: ReportDecision;
  /** The same model by several routes. */
  readonly arbitrage?: Arbitrage;
  /** A policy that was checked on the run. */
  readonly checked?: { readonly file: string; readonly report: CheckReport };
  /** Why nothing was decided, where nothing was. */
  readonly undecided?: string;
}

export interface ReportDecision extends DecidedCase {
  readonly frontier: FrontierView;
  /** Absent for an absolute floor, without a proof, and on a table too large for it. */
  readonly floors?: CertifiedFloors;
  /** So many requests, drawn at random, are behind these two; absent = all. */
  readonly drawnFrom?: number;
}

/** What one target did, beside its summary. */
export interface TargetFigures {
  readonly target: string;
  /** Latency and TTFT at each of `shares`, user view; absent where nothing was answered. */
  readonly latency: readonly Point[];
  readonly ttft: readonly Point[];
  /** Median and p99 of the latency over the run, in bins of time. */
  readonly overTime: readonly { readonly at: number; readonly p50: number; readonly p99: number }[];
}

/** A share of the answers, and the time in ms that they stay within. */
export interface Point {
  readonly share: number;
  readonly ms: number;
}

/** Quality of one target on one task, with 95 % limits by units. */
export interface TaskFigures {
  readonly task: string;
  readonly target: string;
  readonly requests: number;
  readonly quality: number;
  readonly low: number;
  readonly high: number;
  /** USD per request; absent where not known. */
  readonly cost?: number;
}

/** Single requests to be looked at: failures, the largest disagreements, and some at random. */
export interface RequestSample {
  /** Of how many. */
  readonly of: number;
  /** So many have their texts, where texts were asked for: a page has its limits. */
  readonly texts?: number;
  readonly targets: readonly string[];
  readonly rows: readonly SampledRequest[];
}

export interface SampledRequest {
  readonly id: string;
  readonly task: string;
  readonly why: 'failure' | 'disagreement' | 'random';
  /** By target, in the order of `targets`; absent where it was not asked. */
  readonly cells: readonly (SampledCell | undefined)[];
  /** The prompt, where texts were asked for. */
  readonly prompt?: string;
}

export interface SampledCell {
  readonly status: string;
  readonly quality?: number;
  readonly cost?: number;
  readonly latency?: number;
  /** Where texts were asked for. */
  readonly answer?: string;
}
