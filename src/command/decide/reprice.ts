import type { Outcome } from '../../outcome/outcome.ts';
import { readOutcomes } from '../../outcome/read.ts';
import type { OutcomeTable } from '../../outcome/table.ts';
import { priceAgain } from '../../price/billed.ts';
import type { PriceList } from '../../price/price-list.ts';
import { priceIn } from '../../price/price-list.ts';
import type { Target } from '../../provider/target/target.ts';
import { readAnyUsage } from '../../provider/usage/read-any-usage.ts';
import type { Attempt } from '../../replay/event/attempt.ts';
import { readAttempts, readOutcomeFile, readOutcomeRows } from '../../store/rows.ts';
import { requestKey } from '../../workload/request-key.ts';
import { openOutcomes } from './outcome-files.ts';
import type { DecisionSources } from './sources.ts';

/** A table to decide on, and the targets at the prices it was made with. */
export interface PricedTable {
  readonly table: OutcomeTable;
  readonly targets: readonly Target[];
  /** Present where the outcomes were priced again. */
  readonly list?: PriceList;
  /** What was priced again and what could not be, one line each. */
  readonly notes: readonly string[];
}

/** Reads the outcomes as they were measured, or at the prices of another list, without a call. */
export async function readPricedTable(
  sources: DecisionSources,
  targets: readonly Target[],
  list?: PriceList,
): Promise<PricedTable> {
  if (!list) {
    return { table: await readOutcomes(sources.files.map(openOutcomes)), targets, notes: [] };
  }
  const pricer = new Pricer(list, targets);
  const table = await readOutcomes(
    sources.files.map((name, index) => {
      const dir = sources.runs[index]?.dir;
      return { name, rows: dir === undefined ? ofTable(name, pricer) : ofRun(dir, pricer) };
    }),
  );
  return { table, list, targets: pricer.targets, notes: pricer.report() };
}

/** Every attempt of the run by its own usage; an outcome is what its attempts come to. */
async function* ofRun(dir: string, pricer: Pricer): AsyncGenerator<Outcome> {
  const costs = new Map<string, Cell>();
  for await (const attempt of readAttempts(dir)) {
    if (!pricer.lists(attempt.target)) continue;
    const key = requestKey(attempt);
    costs.set(key, pricer.joined(costs.get(key), attempt));
  }
  for await (const row of readOutcomeRows(dir)) {
    const cell = costs.get(requestKey(row));
    yield pricer.withCost(row, cell);
    costs.delete(requestKey(row));
  }
}

/** Anybody's rows by the tokens they say were billed. */
async function* ofTable(file: string, pricer: Pricer): AsyncGenerator<Outcome> {
  for await (const row of readOutcomeFile(file)) {
    const known = pricer.lists(row.target) && row.status !== 'skipped';
    yield pricer.withCost(row, known ? pricer.ofRow(row) : undefined);
  }
}

/** What one outcome comes to at the new prices. */
interface Cell {
  readonly cost: number;
  /** An answered attempt has no known cost. */
  readonly unknown: boolean;
  /** Every attempt that cost something had the usage to price it again. */
  readonly whole: boolean;
}

const nothing: Cell = { cost: 0, unknown: false, whole: true };

/** Prices rows by a list and remembers what it could not price. */
class Pricer {
  readonly targets: readonly Target[];
  readonly #list: PriceList;
  readonly #byName: ReadonlyMap<string, Target>;
  readonly #again = new Map<string, number>();
  readonly #kept = new Map<string, number>();
  readonly #partly = new Map<string, number>();
  #retried = 0;

  constructor(list: PriceList, targets: readonly Target[]) {
    this.#list = list;
    this.targets = targets.map((target) => {
      const price = priceIn(list, target);
      return price ? { ...target, price } : target;
    });
    this.#byName = new Map(targets.map((target) => [target.name, target]));
  }

  lists(name: string): boolean {
    return priceIn(this.#list, this.#named(name)) !== undefined;
  }

  joined(before: Cell | undefined, attempt: Attempt): Cell {
    const { cost, unknown, whole } = before ?? nothing;
    const again = priceAgain(withUsage(attempt), this.#named(attempt.target), this.#list);
    const added = again ?? attempt.cost_usd;
    return {
      cost: cost + (added ?? 0),
      unknown: unknown || (added === undefined && attempt.status === 'ok'),
      whole: whole && (again !== undefined || !attempt.cost_usd),
    };
  }

  /** A row has the tokens of its last attempt only. */
  ofRow(row: Outcome & { readonly usage?: unknown }): Cell {
    const usage = readAnyUsage(row.usage);
    const billed = usage
      ? {
          billed_input_tokens: usage.inputTokens,
          output_tokens: usage.outputTokens,
          read: usage,
          ...(usage.cachedTokens !== undefined && { cached_tokens: usage.cachedTokens }),
          ...(usage.cacheWriteTokens !== undefined && {
            cache_write_tokens: usage.cacheWriteTokens,
          }),
        }
      : row;
    const again = priceAgain(billed, this.#named(row.target), this.#list);
    if (again !== undefined && (row.attempts ?? 1) > 1) this.#retried += 1;
    const cost = again ?? row.cost_usd;
    return { cost: cost ?? 0, unknown: cost === undefined, whole: again !== undefined || !cost };
  }

  /** The row at its new cost; one whose target is not in the list stays as it is. */
  withCost(row: Outcome, cell: Cell | undefined): Outcome {
    if (cell === undefined) {
      if (row.status !== 'skipped' && !this.lists(row.target)) count(this.#kept, row.target);
      return row;
    }
    count(cell.whole ? this.#again : this.#partly, row.target);
    const { cost_usd: _, cost_unknown, ...rest } = row;
    const still = cell.whole || cost_unknown === undefined ? {} : { cost_unknown };
    return cell.unknown ? { ...rest, ...still } : { ...rest, ...still, cost_usd: cell.cost };
  }

  /** Targets by name: the order they answered in is not the user's business. */
  report(): string[] {
    const { source, date } = this.#list;
    const requests = (counts: ReadonlyMap<string, number>) =>
      [...counts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([target, n]) => `${target} (${n})`)
        .join(', ');
    const by = `${source}${date === undefined ? '' : ` of ${date}`}`;
    return [
      `prices of ${by}: ${requests(this.#again) || 'nothing'} priced again`,
      ...(this.#kept.size > 0
        ? [`not in that list, at the cost on file: ${requests(this.#kept)}`]
        : []),
      ...(this.#partly.size > 0
        ? [`attempts without usage, at the cost on file: ${requests(this.#partly)}`]
        : []),
      ...(this.#retried > 0
        ? [
            `${this.#retried} rows had retries, whose tokens are not in the table and cost nothing here`,
          ]
        : []),
    ];
  }

  /** A bare name is its own model, without a fee. */
  #named(name: string): Pick<Target, 'name' | 'model' | 'feePercent' | 'price' | 'catalogue'> {
    return this.#byName.get(name) ?? { name, model: name, feePercent: 0 };
  }
}

/** An attempt on file with all that its usage says. */
const withUsage = (attempt: Attempt) => ({ ...attempt, read: readAnyUsage(attempt.usage) });

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
