import type { PriceList } from '../../price/price-list.ts';
import type { Sources } from './sources.ts';

/** What a policy says of where its evidence came from. */
export function toEvidence(
  { runs, files }: Sources,
  list: PriceList | undefined,
): Record<string, unknown> {
  const [first] = runs;
  if (!first) return { table: files.join(', '), ...toPrices(list) };
  const { manifest } = first;
  return {
    run: runs.map(({ dir }) => dir).join(', '),
    workload: manifest.workload.hash.slice(0, 'sha256-'.length + 16),
    prices: manifest.prices.catalogue,
    load: { ...toLoad(manifest.load), vantage: manifest.vantage.name },
    seed: manifest.seed,
    ...toPrices(list),
  };
}

/** Evidence names the prices that the decision was made at. */
function toPrices(list: PriceList | undefined): { prices?: string } {
  if (!list) return {};
  const { source, date } = list;
  return { prices: date === undefined ? source : `${source} of ${date}` };
}

function toLoad(load: unknown): Record<string, unknown> {
  if (typeof load !== 'object' || load === null) return {};
  const { concurrency, arrivals } = load as { concurrency?: unknown; arrivals?: unknown };
  return { concurrency, arrivals };
}
