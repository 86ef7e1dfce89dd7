import { UsageError } from '../../errors.ts';
import type { Policy } from '../../policy/policy.ts';
import { findKeyObstacle } from '../../provider/target/key-hosts.ts';
import { presetsByName } from '../../provider/target/presets.ts';
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
    const value = Object.hasOwn(env, apiKeyEnv) ? env[apiKeyEnv] : undefined;
    if (value === undefined || value === '') {
      throw new UsageError(
        `targets.${name}: the variable ${apiKeyEnv} is not set. Export it, or remove the target.`,
      );
    }
    keys[apiKeyEnv] = value;
  }
  return keys;
}

/** A gateway that wants the keys of its providers with each request. */
export interface KeyedGateway {
  readonly url: string;
  /** The policy whose targets name the variables: no other may be read. */
  readonly policy: Policy;
  /** Entries of `--allow-key`. */
  readonly allowed: readonly string[];
}

/**
 * Reads the value of a key variable for a gateway, and nothing for a variable that no target of the
 * policy declares. The key travels to the gateway and from there to the target, so both must be allowed
 * to have it.
 */
export function createKeyReader(
  { url, policy, allowed }: KeyedGateway,
  env: Env,
): (variable: string) => string | undefined {
  const allowances = readAllowedKeys(env, allowed);
  const check = (place: string, baseUrl: string | undefined, provider: string, name: string) => {
    if (baseUrl === undefined) return;
    const obstacle = findKeyObstacle({ baseUrl, provider, apiKeyEnv: name }, allowances);
    if (obstacle !== undefined) throw new UsageError(`${place}: ${obstacle}`);
  };
  return (variable) => {
    const owners = Object.entries(policy.targets).filter(
      ([, { api_key_env }]) => api_key_env === variable,
    );
    const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
    if (owners.length === 0 || value === undefined) return undefined;
    check('--gateway', url, '', variable);
    for (const [name, { base_url, provider = '' }] of owners) {
      check(
        `targets.${name}`,
        base_url ?? presetsByName.get(provider)?.baseUrl,
        provider,
        variable,
      );
    }
    return value;
  };
}
