import { join } from 'node:path';
import type { Arbitrage } from '../../../arbitrage/arbitrage.ts';
import { readOutcomes } from '../../../outcome/read.ts';
import type { OutcomeTable } from '../../../outcome/table.ts';
import { groupByModel } from '../../../provider/target/same-model.ts';
import type { Target } from '../../../provider/target/target.ts';
import type { RouteCells } from '../../../store/route-cells.ts';
import { readAttempts } from '../../../store/rows.ts';
import { routeCells } from './cells.ts';
import { comparable, noRoutes, routeFacts, Servers, toArbitrage } from './facts.ts';

/** What there is to say of the routes at the end of a run. */
export interface RunRoutes {
  readonly arbitrage: Arbitrage;
  /** By target. */
  readonly cells: ReadonlyMap<string, RouteCells>;
}

/** The routes of a table that was read from `dirs`; anybody's table has none and names no server. */
export async function arbitrageIn(
  table: OutcomeTable,
  { dirs, targets, at }: { dirs: readonly string[]; targets: readonly Target[]; at: Date },
): Promise<Arbitrage> {
  const measured = targets.filter(({ name }) => table.targets.includes(name));
  if (comparable(measured).length === 0) return noRoutes;
  const servers = new Servers();
  for (const dir of dirs) for await (const attempt of readAttempts(dir)) servers.add(attempt);
  return toArbitrage(table, { targets: measured, servers, at });
}

interface Finished {
  readonly dir: string;
  readonly targets: readonly Target[];
  readonly servers: Servers;
  readonly at: Date;
  /** Outcomes on file. */
  readonly outcomes: number;
}

/** Reads the outcomes back, but only where a model has two routes to be compared. */
export async function readRoutes({ dir, outcomes, ...known }: Finished): Promise<RunRoutes> {
  const { targets } = known;
  const compared = outcomes > 0 && comparable(targets).length > 0;
  const found = compared
    ? toArbitrage(await readOutcomes(join(dir, 'outcomes.jsonl')), known)
    : noRoutes;
  const models = groupByModel(targets);
  const cells = targets.map((target): [string, RouteCells] => {
    const facts = routeFacts(target, models.get(target.name) ?? target.model, known);
    return [target.name, routeCells(target.name, facts, found)];
  });
  return { arbitrage: found, cells: new Map(cells) };
}
