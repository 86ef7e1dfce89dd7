import { findDifferences } from './circumstances.ts';
import type { RequestFigures, RunRows } from './run-rows.ts';

/**
 * Several runs as one baseline: all their requests, of which none counts twice. The newest run's
 * manifest stands for all, so that a run which must not be compared with it (other judges, another place
 * or load, times that cannot be trusted) is left out, as is one whose answers are another's.
 *
 * @param runs newest first, at least one
 */
export function poolRuns(runs: readonly RunRows[]): RunRows {
  const [newest, ...others] = runs;
  if (!newest) throw new RangeError('no run to pool');
  if (others.length === 0) return newest;
  const targets = new Map<string, Map<string, RequestFigures>>();
  const fingerprints = new Set<string>();
  const leftOut: string[] = [];
  for (const [night, run] of runs.entries()) {
    const why = run === newest ? undefined : explainAbsence(run, newest, fingerprints);
    for (const each of run.fingerprints) fingerprints.add(each);
    if (why !== undefined) {
      leftOut.push(`${run.dir} is left out: ${why}`);
      continue;
    }
    for (const [target, rows] of run.targets) {
      const pooled = targets.get(target) ?? new Map<string, RequestFigures>();
      targets.set(target, pooled);
      for (const row of rows.values()) pooled.set(`${night}/${row.id}`, row);
    }
  }
  // Requests of several nights are compared as samples, never one by one.
  const workload = { ...newest.manifest.workload, hash: 'pooled' };
  const manifest = { ...newest.manifest, workload };
  const duplicates = runs.flatMap((run) => run.duplicates);
  return { ...newest, manifest, targets, fingerprints, duplicates, leftOut };
}

function explainAbsence(
  run: RunRows,
  newest: RunRows,
  fingerprints: ReadonlySet<string>,
): string | undefined {
  if ([...run.fingerprints].some((each) => fingerprints.has(each))) {
    return 'answers of it are those of a newer run';
  }
  const valid = { ...newest.manifest, invalid: [] };
  const [refusal] = findDifferences(run.manifest, valid).refusals;
  return refusal?.why;
}
