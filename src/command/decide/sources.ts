import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { PriceList } from '../../price/price-list.ts';
import { toFileNames } from '../../record.ts';
import { listRuns } from '../../store/find-runs.ts';
import type { Manifest } from '../../store/manifest.ts';
import { readManifest } from '../../store/run.ts';
import { listMixedModels } from '../measure/served-models.ts';
import type { DecisionRequest } from './decision-request.ts';

/** Where the outcomes come from. */
export interface DecisionSources {
  readonly files: readonly string[];
  /** Empty for a table that is no run's. */
  readonly runs: readonly { readonly dir: string; readonly manifest: Manifest }[];
}

/** The tables as named, or the newest complete and valid run under `reports/`. @throws UsageError */
export function findSources({
  runs = [],
  outcomes = [],
}: Pick<DecisionRequest, 'runs' | 'outcomes'>): DecisionSources {
  if (runs.length > 0 && outcomes.length > 0) {
    throw new UsageError('Give runs or --outcomes, not both.');
  }
  if (outcomes.length > 0) return { files: outcomes, runs: [] };
  const chosen =
    runs.length > 0 ? runs.map((dir) => ({ dir, manifest: readManifest(dir) })) : [newestRun()];
  return { files: chosen.map(({ dir }) => join(dir, 'outcomes.jsonl')), runs: chosen };
}

function newestRun(): { dir: string; manifest: Manifest } {
  const runs = listRuns('reports');
  const found = runs.find(
    ({ manifest }) => manifest.state === 'complete' && manifest.invalid.length === 0,
  );
  if (found) return found;
  const [newest] = runs;
  if (!newest) {
    throw new UsageError(
      'there is no run under reports/. Run "arb bench WORKLOAD", or name a run or --outcomes.',
    );
  }
  const { dir, manifest } = newest;
  const why =
    manifest.invalid[0] ??
    `it is not complete (${manifest.state}): arb bench --resume completes it`;
  throw new UsageError(
    `no run under reports/ is complete and valid. ${dir} is there, but ${why} Name it to use it all the same: arb recommend ${dir}`,
  );
}

/** What of the runs should be known before their outcomes are believed, one sentence each. */
export function listDoubts({ runs }: DecisionSources): string[] {
  const ofRuns = runs.flatMap(({ dir, manifest: { state, invalid } }) => [
    ...(state === 'complete' ? [] : [`${dir} is not complete (${state})`]),
    ...invalid.map((fault) => `${dir} is not valid: ${fault}`),
  ]);
  return [...ofRuns, ...listMixedModels(runs.map(({ manifest }) => manifest))];
}

/** What a policy says of where its evidence came from. */
export function toEvidence(
  { runs, files }: DecisionSources,
  list: PriceList | undefined,
): Record<string, unknown> {
  const [first] = runs;
  if (!first) return { table: files.join(', '), ...toPrices(list) };
  const { manifest } = first;
  return {
    run: runs.map(({ dir }) => dir).join(', '),
    // Names a run wherever it is kept, at whatever prices or scores it is read later.
    started_at: runs.map(({ manifest: { started_at } }) => started_at),
    workload: manifest.workload.hash.slice(0, 'sha256-'.length + 16),
    prices: manifest.prices.catalogue,
    load: {
      ...toLoad(manifest.load),
      vantage: manifest.vantage.name,
      ...toInFlight(runs),
    },
    seed: manifest.seed,
    ...toPrices(list),
  };
}

/** Those of the runs that a policy was chosen by, as its evidence says. */
export function listChosenBy(
  { runs }: DecisionSources,
  evidence: Readonly<Record<string, unknown>> | undefined,
): string[] {
  const chosenBy = evidence?.started_at;
  if (!Array.isArray(chosenBy)) return [];
  return runs
    .filter(({ manifest }) => chosenBy.includes(manifest.started_at))
    .map(({ dir }) => dir);
}

/** Evidence names the prices that the decision was made at. */
function toPrices(list: PriceList | undefined): { prices?: string } {
  if (!list) return {};
  const { source, date } = list;
  return { prices: date === undefined ? source : `${source} of ${date}` };
}

/** What was really in flight, by target: what was shown of a target was shown at that load. */
function toInFlight(runs: DecisionSources['runs']): Record<string, unknown> {
  const seen = runs.flatMap(({ manifest }) => Object.entries(manifest.in_flight ?? {}));
  if (seen.length === 0) return {};
  const shown = seen.map(([target, { mean, max }]) => {
    return [target, { ...(mean !== undefined && { mean: Number(mean.toFixed(2)) }), max }];
  });
  return { in_flight: Object.fromEntries(shown) };
}

function toLoad(load: unknown): Record<string, unknown> {
  if (typeof load !== 'object' || load === null) return {};
  // Older manifests have names of the code in it.
  const { concurrency, arrivals } = toFileNames(load) as Record<string, unknown>;
  return { concurrency, arrivals };
}
