import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { recommendTable } from '../../src/optimize/recommend.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { tableOf } from './draws.ts';
import { type DrawOutcome, nothing, tryPolicy } from './trials.ts';

/** Another checkout of arb, which decides on the same draws by its own code. */
export interface OldBuild {
  readonly name: string;
  /** What it certifies on these rows, tried by today's code on today's table. */
  run(rows: Int32Array, seed: number, margin: number): DrawOutcome;
}

/** Loads the modules of a checkout, with the population as it reads it. */
export async function openOldBuild(
  folder: string,
  file: string,
  population: OutcomeTable,
): Promise<OldBuild> {
  // The modules that are used kept their exports since 1c27949.
  const load = (path: string) => import(pathToFileURL(join(resolve(folder), 'src', path)).href);
  const { recommend } = (await load('optimize/recommend.ts')) as Recommend;
  const { draftPolicy } = (await load('optimize/draft.ts')) as Draft;
  const { makePolicy } = (await load('policy/write.ts')) as Write;
  const { readOutcomes } = (await load('outcome/read.ts')) as Read;
  const { pickRows } = (await load('outcome/table.ts')) as Table;
  const table = await readOutcomes(file);
  return {
    name: folder,
    run(rows, seed, margin) {
      const half = tableOf(table, rows, { seed, pick: pickRows });
      const found = recommend(half, { by: ['task'], floor: `best-${margin}` });
      if (found.status !== 'certified') return nothing;
      const claim = { baseline: found.baseline.name, margin };
      return tryPolicy(population, makePolicy(draftPolicy(found)), claim);
    },
  };
}

interface Recommend {
  readonly recommend: typeof recommendTable;
}

type Draft = typeof import('../../src/optimize/draft.ts');
type Write = typeof import('../../src/policy/write.ts');
type Read = typeof import('../../src/outcome/read.ts');
type Table = typeof import('../../src/outcome/table.ts');
