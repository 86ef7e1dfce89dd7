import type { RequestFigures, RunRows } from './run-rows.ts';

/**
 * Several runs as one baseline: all their requests, of which none counts twice. The newest run's
 * manifest stands for all.
 *
 * @param runs newest first, at least one
 */
export function poolRuns(runs: readonly RunRows[]): RunRows {
  const [newest, ...others] = runs;
  if (!newest) throw new RangeError('no run to pool');
  if (others.length === 0) return newest;
  const targets = new Map<string, Map<string, RequestFigures>>();
  const fingerprints = new Set<string>();
  for (const [night, run] of runs.entries()) {
    const isCopy = [...run.fingerprints].some((each) => fingerprints.has(each));
    for (const each of run.fingerprints) fingerprints.add(each);
    // A run that is another's copy is no evidence of its own.
    if (isCopy) continue;
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
  return { ...newest, manifest, targets, fingerprints, duplicates };
}
