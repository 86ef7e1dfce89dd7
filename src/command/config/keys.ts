import { UsageError } from '../../errors.ts';
import { findKeyObstacle } from '../../provider/target/key-hosts.ts';
import type { Target } from '../../provider/target/target.ts';
import type { Env } from '../context.ts';
import { readAllowedKeys } from './allowed-keys.ts';

/**
 * The values of the key variables of `targets`.
 *
 * @param allowed entries of `--allow-key`, beside those of the environment and of hosts.yaml
 * @throws UsageError naming the variables that are not set, or a key that would go to a stranger.
 */
export function readKeys(
  targets: readonly Target[],
  env: Env,
  allowed: readonly string[] = [],
): Record<string, string> {
  const allowances = readAllowedKeys(env, allowed);
  const keys: Record<string, string> = Object.create(null);
  for (const target of targets) {
    const { name, apiKeyEnv } = target;
    if (apiKeyEnv === undefined) continue;
    const obstacle = findKeyObstacle(target, allowances);
    if (obstacle !== undefined) throw new UsageError(`targets.${name}: ${obstacle}`);
    const value = env[apiKeyEnv];
    if (value === undefined || value === '') {
      throw new UsageError(
        `targets.${name}: the variable ${apiKeyEnv} is not set. Export it, or remove the target.`,
      );
    }
    keys[apiKeyEnv] = value;
  }
  return keys;
}
