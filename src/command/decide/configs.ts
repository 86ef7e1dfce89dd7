import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../../provider/target/target.ts';
import { configOfRun, type LoadedConfig, loadConfig } from '../config/config.ts';
import type { DecisionSources } from './sources.ts';

/** The configurations that a decision is made by. */
export interface Configs {
  /** arb.yaml as it is now; absent where there is none, or it is about other targets. */
  readonly now?: LoadedConfig;
  /** What the first run was made with; absent for a table that is no run's. */
  readonly run?: LoadedConfig;
  /** What was measured, at its address and price of now where it is the same model. */
  readonly targets: readonly Target[];
  /** Targets of one name that are two models. */
  readonly doubts: readonly string[];
}

/** Reads arb.yaml as named, or the one that is here, and what the runs were made with. */
export function readConfigs(file: string | undefined, { runs }: DecisionSources): Configs {
  const before = runs.map(({ dir, manifest }) =>
    configOfRun(manifest.config, join(dir, 'manifest.json')),
  );
  const [run] = before;
  const measured = new Map(
    [...before].reverse().flatMap(({ targets }) => targets.map((each) => [each.name, each])),
  );
  const now = file === undefined ? configHere(measured) : loadConfig(file);
  const doubts: string[] = [];
  for (const target of now?.targets ?? []) {
    const then = measured.get(target.name);
    if (then && then.model !== target.model) {
      doubts.push(
        `${target.name} is ${target.model} in ${now?.file} and was ${then.model} in the run: what was measured is used`,
      );
    } else if (then || measured.size === 0) measured.set(target.name, target);
  }
  return {
    ...(now && { now }),
    ...(run && { run }),
    targets: [...measured.values()],
    doubts,
  };
}

/** The arb.yaml of this folder, where it names a target that was measured. */
function configHere(measured: ReadonlyMap<string, Target>): LoadedConfig | undefined {
  if (measured.size === 0 || !existsSync('arb.yaml')) return undefined;
  const here = loadConfig(undefined);
  return here.targets.some(({ name }) => measured.has(name)) ? here : undefined;
}
