import { UsageError } from '../errors.ts';
import type { ClientOptions } from './network/client-options.ts';
import { sendPlain } from './plain-client.ts';

/**
 * Reads a JSON document, such as an aggregator's list of models.
 * @throws UsageError where it cannot be had.
 */
export async function getJson(
  address: string,
  options: ClientOptions & { readonly key?: string } = {},
): Promise<unknown> {
  const { key, ...client } = options;
  const headers = {
    accept: 'application/json',
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  try {
    const { status, text } = await sendPlain(address, { headers }, client);
    if (status !== 200) throw new Error(`HTTP ${status}`);
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      `${withoutPassword(address)}: cannot be read (${why}). Check the address, or save the list and give the file.`,
      { cause },
    );
  }
}

/** An address as it may be shown. */
export function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (!url.username && !url.password) return address;
  url.username = '';
  url.password = '';
  return url.href;
}
