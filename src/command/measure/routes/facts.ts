import { type Arbitrage, arbitrage, type RouteFacts } from '../../../arbitrage/arbitrage.ts';
import type { OutcomeTable } from '../../../outcome/table.ts';
import { priceSheet } from '../../../price/price-sheet.ts';
import { groupByModel } from '../../../provider/target/same-model.ts';
import type { Target } from '../../../provider/target/target.ts';
import type { Attempt } from '../../../replay/event/attempt.ts';

/** Answers by target and by who really served them. */
export class Servers {
  readonly #counts = new Map<string, Record<string, number>>();

  add({ target, status, served_by }: Attempt): void {
    if (status !== 'ok' || served_by === undefined) return;
    const counts = this.#counts.get(target) ?? Object.create(null);
    counts[served_by] = (counts[served_by] ?? 0) + 1;
    this.#counts.set(target, counts);
  }

  of(target: string): Readonly<Record<string, number>> | undefined {
    return this.#counts.get(target);
  }
}

/** Candidates whose model has another route beside them: without any there is nothing to compare. */
export function comparable(targets: readonly Target[]): readonly Target[] {
  const candidates = targets.filter(({ role }) => role === 'candidate');
  const models = groupByModel(candidates);
  const routes = Map.groupBy(candidates, ({ name }) => models.get(name));
  return [...routes.values()].flatMap((each) => (each.length > 1 ? each : []));
}

interface Known {
  readonly targets: readonly Target[];
  readonly servers: Servers;
  readonly at: Date;
}

/** The table where no model has two routes. */
export const noRoutes: Arbitrage = { level: 0, tests: 0, models: [] };

/** The arbitrage table of the models that have several routes. */
export function toArbitrage(table: OutcomeTable, known: Known): Arbitrage {
  const models = groupByModel(known.targets);
  const facts = comparable(known.targets).map(
    (target) => [target.name, routeFacts(target, models.get(target.name) ?? '', known)] as const,
  );
  return arbitrage(table, Object.fromEntries(facts));
}

/** What is known of a route before anything is measured. */
export function routeFacts(target: Target, model: string, { servers, at }: Known): RouteFacts {
  const { name, via, feePercent, usdPerMonth, regions } = target;
  const price = priceSheet(target, at)?.price;
  const servedBy = servers.of(name);
  const quantizations = listQuantizations(target);
  return {
    model,
    via,
    ...(price && {
      price: {
        input: price.input,
        ...(price.cached_input !== undefined && { cached_input: price.cached_input }),
        output: price.output,
      },
    }),
    ...(feePercent > 0 && { fee_percent: feePercent }),
    ...(usdPerMonth !== undefined && { usd_per_month: usdPerMonth }),
    ...(regions.length > 0 && { regions }),
    ...(quantizations && { quantizations }),
    ...(servedBy && { served_by: servedBy }),
  };
}

/** The quantisations that a route was asked to keep to. */
function listQuantizations({ params }: Target): readonly string[] | undefined {
  const { provider } = params.set;
  if (typeof provider !== 'object' || provider === null) return undefined;
  const { quantizations } = provider as { quantizations?: unknown };
  return Array.isArray(quantizations) ? quantizations.map(String) : undefined;
}
