import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { nearest, parseInput } from '../../input.ts';
import { type CheckCommand, checkCommands } from '../../judge/check/command.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import { parseYaml } from '../../policy/yaml.ts';
import { knownContext } from '../../price/price-sheet.ts';
import { resolveTarget } from '../../provider/target/resolve-target.ts';
import type { Target } from '../../provider/target/target.ts';
import { readInput } from './input.ts';
import type { Config } from './schema.ts';
import { configSchema, configSections } from './schema.ts';

/** arb.yaml, read and resolved. */
export interface LoadedConfig {
  readonly file: string;
  readonly config: Config;
  readonly targets: readonly Target[];
}

/** Where a configuration is looked for when none is named. */
const DEFAULT_CONFIG = 'arb.yaml';

/**
 * Reads arb.yaml and resolves its targets.
 *
 * @param file @default the arb.yaml of this folder
 * @throws UsageError with file, line and next step, also where there is none.
 */
export function loadConfig(file: string | undefined): LoadedConfig {
  const path = file ?? DEFAULT_CONFIG;
  if (file === undefined && !existsSync(path)) {
    throw new UsageError(
      `${path}: there is none here. Run "arb init" to write one, or name yours with --config.`,
    );
  }
  return resolved(parseYaml(configSchema, readInput(path), path), path);
}

/** As if arb.yaml had no other targets than these and its judges. @throws UsageError for another name */
export function selectTargets(
  loaded: LoadedConfig,
  names: readonly string[] | undefined,
): LoadedConfig {
  if (names === undefined) return loaded;
  const known = loaded.targets.filter(({ role }) => role === 'candidate').map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? `It has ${known.join(', ')}.` : `Did you mean ${meant}?`;
    throw new UsageError(`--targets: ${loaded.file} has no target ${name} to measure. ${hint}`);
  }
  const targets = loaded.targets.filter(
    ({ role, name }) => role === 'judge' || names.includes(name),
  );
  return { ...loaded, targets };
}

/** The configuration that a run was made with. */
export function configOfRun(config: unknown, file: string): LoadedConfig {
  return resolved(parseInput(configSections, config, file), file);
}

function resolved(config: Config, path: string): LoadedConfig {
  const targets = Object.entries(config.targets).map(([name, target]) =>
    withContext(
      inFile(path, () =>
        resolveTarget(name, target, { ...config.defaults, finish_reasons: config.finish_reasons }),
      ),
    ),
  );
  if (Object.hasOwn(config.targets, RECORDED)) {
    throw new UsageError(
      `${path}: targets.${RECORDED}: the name stands for the log's own answers. Choose another.`,
    );
  }
  if (targets.length === 0) {
    throw new UsageError(`${path}: targets: none given. Name at least one model by a route.`);
  }
  return { file: path, config, targets };
}

/** The context window is the catalogue's where arb.yaml says none. */
function withContext(target: Target): Target {
  const contextTokens = target.contextTokens ?? knownContext(target);
  return contextTokens === undefined ? target : { ...target, contextTokens };
}

/** Says of a fault in which file it is. */
function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${file}: ${error.message}`, { cause: error });
  }
}

/** The checks that are programs, run in the folder of arb.yaml. */
export function toCheckCommands({ config, file }: LoadedConfig): Record<string, CheckCommand> {
  return checkCommands(config.checks, dirname(resolve(file)));
}
