import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { parseYaml } from '../../policy/yaml.ts';
import { type AllowedKey, parseAllowedKey } from '../../provider/target/key-hosts.ts';
import type { Env } from '../context.ts';

/** `hosts.yaml` in the user's own config folder. */
const hostsSchema = z.strictObject({
  keys: z
    .record(z.string().min(1), z.array(z.string().min(1)))
    .describe('Hosts that a key may be sent to, by the name of its variable.'),
});

/**
 * Where the user lets which key be sent besides the hosts of its provider: `--allow-key`, then
 * ARB_ALLOW_KEYS (entries separated by commas or spaces), then hosts.yaml. Never arb.yaml or a policy,
 * which may come from somebody else.
 *
 * @throws UsageError for an entry that cannot be read.
 */
export function readAllowedKeys(env: Env, flags: readonly string[] = []): AllowedKey[] {
  const named = (env.ARB_ALLOW_KEYS ?? '').split(/[\s,]+/).filter(Boolean);
  return [
    ...flags.map((each) => parseEntry(each, '--allow-key')),
    ...named.map((each) => parseEntry(each, 'ARB_ALLOW_KEYS')),
    ...readHosts(env),
  ];
}

function readHosts(env: Env): AllowedKey[] {
  const folder = configFolder(env);
  const file = folder === undefined ? undefined : join(folder, 'arb', 'hosts.yaml');
  if (file === undefined || !existsSync(file)) return [];
  const { keys } = parseYaml(hostsSchema, readFileSync(file, 'utf8'), file);
  return Object.entries(keys).flatMap(([variable, hosts]) =>
    hosts.map((host) => parseEntry(`${variable}=${host}`, file)),
  );
}

/** By the XDG base directories; `%APPDATA%` on Windows. */
function configFolder({ XDG_CONFIG_HOME, APPDATA, HOME }: Env): string | undefined {
  return XDG_CONFIG_HOME || APPDATA || (HOME ? join(HOME, '.config') : undefined);
}

function parseEntry(text: string, where: string): AllowedKey {
  const entry = parseAllowedKey(text);
  if (entry) return entry;
  // The name alone: what stands after it could be a key.
  const name = text.split('=')[0] ?? '';
  throw new UsageError(
    `${where}: the entry for "${name}" is not NAME=HOST. Write a variable's name and a host, like LITELLM_API_KEY=http://litellm.svc:4000.`,
  );
}
