import { createHash } from 'node:crypto';
import type { Outcome } from '../outcome/outcome.ts';
import { RECORDED } from '../outcome/recorded.ts';
import type { Manifest } from '../store/manifest.ts';
import { readOutcomeRows } from '../store/rows.ts';
import { readManifest } from '../store/run.ts';

/** What one target did with one request, over the passes of a run. */
export interface RequestFigures {
  readonly id: string;
  readonly task: string | undefined;
  /** Requests of one unit stand or fall together: session, else near-duplicates, else the request. */
  readonly unit: string;
  /** USD; absent where not known. */
  readonly cost: number | undefined;
  /** 0 to 1; absent where not judged. */
  readonly quality: number | undefined;
  readonly kind: string | undefined;
  /** 0 or 1; with several passes the share of them. */
  readonly failed: number;
  readonly ttft: number | undefined;
  readonly latency: number | undefined;
}

/** A run as it is compared with another. */
export interface RunRows {
  readonly dir: string;
  readonly manifest: Manifest;
  /** By target, by request. Skipped requests are not in it. */
  readonly targets: ReadonlyMap<string, ReadonlyMap<string, RequestFigures>>;
  /** Requests that were not sent to a target on purpose, by target. */
  readonly skipped: ReadonlyMap<string, ReadonlySet<string>>;
  /** Rows that stand in the file twice, as request, target and pass. */
  readonly duplicates: readonly string[];
  /** Of several runs taken together: those that are not among them, each with the reason. */
  readonly leftOut: readonly string[];
  /** Of every answered row: an answer that is met again is the same evidence, not new evidence. */
  readonly fingerprints: ReadonlySet<string>;
}

/** Reads what is compared of a run directory. @throws UsageError where it holds no run. */
export async function readRunRows(dir: string): Promise<RunRows> {
  return toRunRows(dir, readManifest(dir), readOutcomeRows(dir));
}

/** The same of rows at hand. */
export async function toRunRows(
  dir: string,
  manifest: Manifest,
  rows: AsyncIterable<Outcome> | Iterable<Outcome>,
): Promise<RunRows> {
  const targets = new Map<string, Map<string, Outcome[]>>();
  const skipped = new Map<string, Set<string>>();
  const seen = new Set<string>();
  const duplicates: string[] = [];
  const fingerprints = new Set<string>();
  for await (const row of rows) {
    if (row.target === RECORDED) continue;
    const key = JSON.stringify([row.request_id, row.target, row.pass ?? 1]);
    if (seen.has(key)) {
      duplicates.push(`${row.request_id} at ${row.target}, pass ${row.pass ?? 1}`);
      continue;
    }
    seen.add(key);
    if (row.status === 'skipped') {
      addTo(skipped, row.target, () => new Set<string>()).add(row.request_id);
      continue;
    }
    if (row.latency_ms !== undefined) fingerprints.add(fingerprint(row));
    const byRequest = addTo(targets, row.target, () => new Map<string, Outcome[]>());
    addTo(byRequest, row.request_id, (): Outcome[] => []).push(row);
  }
  const figures = [...targets].map(
    ([name, byRequest]) =>
      [name, new Map([...byRequest].map(([id, passes]) => [id, toFigures(id, passes)]))] as const,
  );
  return {
    dir,
    manifest,
    targets: new Map(figures),
    skipped,
    duplicates,
    leftOut: [],
    fingerprints,
  };
}

/** Times are measured in microseconds, so that two answers never share all of them by chance. */
function fingerprint(row: Outcome): string {
  const { request_id, target, latency_ms, ttft_ms, cost_usd, output_tokens, sent_ms } = row;
  const facts = [request_id, target, latency_ms, ttft_ms, cost_usd, output_tokens, sent_ms];
  return createHash('md5').update(JSON.stringify(facts)).digest('base64');
}

function addTo<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = create();
  map.set(key, value);
  return value;
}

function toFigures(id: string, passes: readonly Outcome[]): RequestFigures {
  const [first] = passes;
  return {
    id,
    task: first?.task,
    unit: first?.session ?? first?.group ?? id,
    cost: meanOf(passes, 'cost_usd'),
    quality: meanOf(passes, 'quality'),
    kind: first?.quality_kind,
    failed: passes.filter(({ status }) => status === 'failed').length / passes.length,
    ttft: meanOf(passes, 'ttft_ms'),
    latency: meanOf(passes, 'latency_ms'),
  };
}

/** Absent where a pass lacks it and did not fail. */
function meanOf(
  passes: readonly Outcome[],
  name: 'cost_usd' | 'quality' | 'ttft_ms' | 'latency_ms',
): number | undefined {
  const isTime = name === 'ttft_ms' || name === 'latency_ms';
  let [sum, count] = [0, 0];
  for (const row of passes) {
    const value = row[name] ?? (name === 'quality' && row.status === 'failed' ? 0 : undefined);
    if (value === undefined && isTime) continue;
    if (value === undefined) return undefined;
    sum += value;
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}
