import { basename } from 'node:path';
import type { Manifest } from '../store/manifest.ts';
import type { RunSummary, RunTargetSummary } from '../store/summary.ts';
import { bothOf } from './circumstances.ts';
import type { GateReport } from './gate.ts';

/** What is on file of a run, as its history needs it. */
export interface HistoryEntry {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly summary?: RunSummary;
  readonly gate?: GateReport;
  /** What the night decided, where one made the run. */
  readonly night?: { readonly verdict: string; readonly why: string; readonly policy?: string };
}

/** One target in one run. */
export interface HistoryRow {
  readonly run: string;
  /** ISO 8601. */
  readonly at: string;
  readonly target: string;
  readonly requests: number;
  readonly cost_per_completed_usd?: number;
  readonly quality?: number;
  readonly ttft_p99_ms?: number;
  readonly latency_p99_ms?: number;
  /** Share of the requests. */
  readonly failed: number;
}

/** A run, what it measured, and what was new with it. */
export interface HistoryRun {
  readonly run: string;
  readonly dir: string;
  readonly at: string;
  readonly state: string;
  readonly valid: boolean;
  readonly gate?: string;
  /** The decision of the night and the policy's id after it. */
  readonly decision?: string;
  readonly policy?: string;
  readonly rows: readonly HistoryRow[];
  /** What changed since the run before, in words, each with its reason. */
  readonly news: readonly string[];
}

/** @param entries in any order @returns oldest first */
export function toHistory(entries: readonly HistoryEntry[], target?: string): HistoryRun[] {
  const sorted = entries.toSorted((a, b) =>
    a.manifest.started_at.localeCompare(b.manifest.started_at),
  );
  return sorted.map((entry, index) => toRun(entry, sorted[index - 1], target));
}

function toRun(
  entry: HistoryEntry,
  before: HistoryEntry | undefined,
  target: string | undefined,
): HistoryRun {
  const { dir, manifest, summary, gate, night } = entry;
  const { started_at: at, state, invalid } = manifest;
  const name = basename(dir);
  const targets = (summary?.targets ?? []).filter(
    (each) => (target ?? each.target) === each.target,
  );
  return {
    run: name,
    dir,
    at,
    state,
    valid: invalid.length === 0,
    ...(gate && { gate: gate.verdict }),
    ...(night && { decision: night.verdict }),
    ...(night?.policy !== undefined && { policy: night.policy }),
    rows: targets.map((each) => toRow(name, at, each)),
    news: [
      ...(before ? listNews(before, entry) : []),
      ...invalid.map((why) => `not valid: ${why}`),
    ],
  };
}

function toRow(run: string, at: string, target: RunTargetSummary): HistoryRow {
  const { requests, failed, cost, quality, user } = target;
  const [ttft, latency] = [user.response_ttft_ms?.p99, user.response_ms?.p99];
  return {
    run,
    at,
    target: target.target,
    requests,
    ...(cost.per_completed_usd !== undefined && { cost_per_completed_usd: cost.per_completed_usd }),
    ...(quality && { quality: quality.mean }),
    ...(ttft?.supported && { ttft_p99_ms: ttft.value }),
    ...(latency?.supported && { latency_p99_ms: latency.value }),
    failed: requests > 0 ? failed / requests : 0,
  };
}

function listNews(before: HistoryEntry, after: HistoryEntry): string[] {
  const [one, other] = [before.manifest, after.manifest];
  const added = other.targets.filter((name) => !one.targets.includes(name));
  const gone = one.targets.filter((name) => !other.targets.includes(name));
  const failed = after.gate?.findings.filter(({ verdict }) => verdict === 'FAIL') ?? [];
  const { night } = after;
  const isChanged = night?.policy !== undefined && night.policy !== before.night?.policy;
  return [
    ...(one.arb === other.arb ? [] : [`arb ${one.arb} to ${other.arb}`]),
    ...added.map((name) => `target ${name} is new`),
    ...gone.map((name) => `target ${name} is gone`),
    ...bothOf(one.prices.by_target, other.prices.by_target).flatMap(([name, from, to]) =>
      from.input === to.input && from.output === to.output
        ? []
        : [`price of ${name}: $${from.input} / $${from.output} to $${to.input} / $${to.output}`],
    ),
    ...bothOf(one.served_models, other.served_models).flatMap(([name, from, to]) => {
      const fresh = Object.keys(to).filter((model) => !Object.hasOwn(from, model));
      return fresh.length === 0 ? [] : [`${name} is served by ${fresh.join(', ')}`];
    }),
    ...failed.map(({ check, target, text }) => `gate: ${target ?? 'run'}: ${check} ${text}`),
    ...(isChanged ? [`policy ${night.policy}: ${night.why}`] : []),
  ];
}
