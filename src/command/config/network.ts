import { readFileSync } from 'node:fs';
import { UsageError } from '../../errors.ts';
import type { ReplayOptions } from '../../replay/load/plan.ts';
import type { Env } from '../context.ts';

/** How this machine reaches the net: proxies and certificates, as the environment says. */
export function clientOptions(env: Env): NonNullable<ReplayOptions['client']> {
  // The small spelling comes first, as with curl.
  const said = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const { NODE_EXTRA_CA_CERTS: certificates } = env;
  const everywhere = said('ALL_PROXY');
  const httpsProxy = said('HTTPS_PROXY') ?? everywhere;
  const httpProxy = said('HTTP_PROXY') ?? everywhere;
  const noProxy = said('NO_PROXY');
  return {
    ...(httpsProxy !== undefined && { httpsProxy }),
    ...(httpProxy !== undefined && { httpProxy }),
    ...(noProxy !== undefined && { noProxy }),
    ...(certificates && { ca: [certificatesIn(certificates)] }),
  };
}

function certificatesIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(
      `NODE_EXTRA_CA_CERTS: ${file} cannot be read. Correct the path, or unset the variable.`,
      { cause },
    );
  }
}
