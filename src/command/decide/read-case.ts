import type { RecommendOptions } from '../../optimize/problem/options.ts';
import type { LoadedConfig } from '../config/config.ts';
import { readPriceList } from '../measure/prices/lists.ts';
import type { RecommendRequest } from './decision-request.ts';
import { findConfig, toOptions } from './options.ts';
import { type PricedTable, readPricedTable } from './reprice.ts';
import { findSources, listDoubts, type Sources } from './sources.ts';

/** The outcomes that a decision is made on, and what it is asked. */
export interface DecisionCase extends PricedTable {
  readonly sources: Sources;
  readonly loaded: LoadedConfig | undefined;
  readonly options: RecommendOptions;
  /** What should be known before the outcomes are believed. */
  readonly doubts: readonly string[];
}

/** Reads what a request names. @throws UsageError */
export async function readCase(request: RecommendRequest): Promise<DecisionCase> {
  const sources = findSources(request);
  const loaded = findConfig(request.config, sources);
  const { prices, env = {} } = request;
  const list = prices === undefined ? undefined : await readPriceList(prices, env);
  const priced = await readPricedTable(sources, loaded?.targets ?? [], list);
  const options = toOptions(request, loaded && { ...loaded, targets: priced.targets });
  return { ...priced, sources, loaded, options, doubts: listDoubts(sources) };
}
