import {
  type Arbitrage,
  arbitrageIn,
  draftPolicy,
  type ExitCode,
  exitCodes,
  formatPolicy,
  makePolicy,
  type PriceList,
  type Recommendation,
  recommend,
  version,
  writeAtomic,
} from '../../index.ts';
import type { RecommendFlags } from '../commands/recommend.ts';
import { describeArbitrage } from '../routes/describe.ts';
import { type Shell, say } from '../shell.ts';
import { describeCase } from './case.ts';
import { policyTargetsOf } from './facts.ts';
import { configOf, optionsOf } from './options.ts';
import { readTable } from './reprice.ts';
import { doubtsOf, type Sources, sourcesOf } from './sources.ts';
import { summaryOf } from './summary.ts';
import { describeViews } from './views.ts';

/** Finds the policy: on stdout what to deploy, on stderr why. */
export async function recommendRuns(
  runs: readonly string[],
  flags: RecommendFlags,
  shell: Shell,
): Promise<ExitCode> {
  const sources = sourcesOf(runs, flags.outcomes);
  for (const doubt of doubtsOf(sources)) say(shell.stderr, `warning: ${doubt}`);
  const priced = await readTable(sources, {
    ...{ prices: flags.prices, loaded: configOf(flags, sources), shell },
  });
  const { table, loaded, list } = priced;
  const options = optionsOf(flags, loaded);
  const found = recommend(table, options);
  const policy = makePolicy(
    draftPolicy(found, {
      targets: policyTargetsOf(loaded?.targets ?? []),
      ...(loaded?.config.policy.sticky && { sticky: loaded.config.policy.sticky }),
      evidence: { ...evidenceOf(sources), ...pricesOf(list), arb: version },
    }),
  );
  const text = flags.json ? `${JSON.stringify(policy, null, 2)}\n` : formatPolicy(policy);
  if (flags.out === undefined) shell.stdout.write(text);
  else writeAtomic(flags.out, text);
  const routes = await arbitrageIn(table, {
    dirs: sources.runs.map(({ dir }) => dir),
    ...{ targets: loaded?.targets ?? [], at: shell.now() },
  });
  if (flags.summary !== undefined) {
    const summary = { ...summaryOf(found, policy), ...withRoutes(routes) };
    writeAtomic(flags.summary, `${JSON.stringify(summary, null, 2)}\n`);
  }
  const views = await describeViews(found, { table, options }, flags);
  for (const line of [...describeCase(found, table.rows), ...describeArbitrage(routes), ...views])
    say(shell.stderr, line);
  return exitCodeOf(found);
}

function withRoutes(arbitrage: Arbitrage): { arbitrage?: Arbitrage } {
  return arbitrage.models.length === 0 ? {} : { arbitrage };
}

function exitCodeOf(found: Recommendation): ExitCode {
  if (found.status !== 'keep-current') return exitCodes.ok;
  return found.certificate?.verdict === 'INCONCLUSIVE' ? exitCodes.inconclusive : exitCodes.no;
}

/** What the policy should say of where its evidence came from. */
function evidenceOf({ runs, files }: Sources): Record<string, unknown> {
  const [first] = runs;
  if (!first) return { table: files.join(', ') };
  const { manifest } = first;
  return {
    run: runs.map(({ dir }) => dir).join(', '),
    workload: manifest.workload.hash.slice(0, 'sha256-'.length + 16),
    prices: manifest.prices.catalogue,
    load: { ...loadOf(manifest.load), vantage: manifest.vantage.name },
    seed: manifest.seed,
  };
}

/** Evidence names the prices that the decision was made at. */
function pricesOf(list: PriceList | undefined): { prices?: string } {
  if (!list) return {};
  const { source, date } = list;
  return { prices: date === undefined ? source : `${source} of ${date}` };
}

function loadOf(load: unknown): Record<string, unknown> {
  if (typeof load !== 'object' || load === null) return {};
  const { concurrency, arrivals } = load as { concurrency?: unknown; arrivals?: unknown };
  return { concurrency, arrivals };
}
