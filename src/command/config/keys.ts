import { UsageError } from '../../errors.ts';
import type { Target } from '../../provider/target/target.ts';
import type { Env } from '../context.ts';

/**
 * The values of the key variables of `targets`.
 *
 * @throws UsageError naming the variables that are not set.
 */
export function keysOf(targets: readonly Target[], env: Env): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const { name, apiKeyEnv } of targets) {
    if (apiKeyEnv === undefined) continue;
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
