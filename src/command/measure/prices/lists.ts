import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../errors.ts';
import { getJson } from '../../../http/get-json.ts';
import { type PriceList, parsePriceList } from '../../../price/price-list.ts';
import { priceSheet } from '../../../price/price-sheet.ts';
import { presetsByName } from '../../../provider/target/presets.ts';
import type { PriceOverride, Target } from '../../../provider/target/target.ts';
import { readManifest } from '../../../store/run.ts';
import { readInput } from '../../config/input.ts';
import { clientOptions } from '../../config/network.ts';
import type { Env } from '../../context.ts';

/** USD per million tokens by target; an absent target's price is not known. */
export type PricesByTarget = Readonly<Record<string, PriceOverride>>;

/** What each target costs at the instant `at`, before any fee: `arb prices --json`, a manifest. */
export function pricesByTarget(targets: readonly Target[], at: Date): PricesByTarget {
  return Object.fromEntries(
    targets.flatMap((target) => {
      const sheet = priceSheet(target, at);
      return sheet ? [[target.name, sheet.price]] : [];
    }),
  );
}

/**
 * A price list from a file, an http(s) address, a provider that publishes one (by its name in
 * arb.yaml), or the snapshot in a run directory. @throws UsageError
 */
export async function readPriceList(source: string, env: Env): Promise<PriceList> {
  if (/^https?:\/\//.test(source)) {
    return parsePriceList(await getJson(source, clientOptions(env)), source);
  }
  if (existsSync(join(source, 'manifest.json'))) return snapshotIn(source);
  const published = existsSync(source) ? undefined : publishedBy(source, env);
  if (published) {
    const { address, key } = published;
    const options = { ...clientOptions(env), ...(key && { key }) };
    return parsePriceList(await getJson(address, options), address);
  }
  return parsePriceList(parseJson(readInput(source), source), source);
}

function snapshotIn(dir: string): PriceList {
  const { prices, started_at } = readManifest(dir);
  if (!prices.by_target) {
    throw new UsageError(`${dir}: the run keeps no prices by target. Give a price list instead.`);
  }
  const date = started_at.slice(0, 10);
  return { source: dir, date, prices: new Map(Object.entries(prices.by_target)) };
}

/** Aggregators answer `GET /models` under their base URL with the prices in it. */
function publishedBy(provider: string, env: Env) {
  const preset = presetsByName.get(provider);
  if (preset?.baseUrl === undefined) return undefined;
  const { baseUrl, apiKeyEnv } = preset;
  return { address: `${baseUrl}/models`, key: apiKeyEnv && env[apiKeyEnv] };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${file}: not valid JSON (${why}). Give a price list as JSON.`, { cause });
  }
}
