import { Client as UndiciClient } from 'undici';
import { UsageError } from '../errors.ts';
import { ms } from '../units.ts';
import type { ClientOptions } from './client-options.ts';
import { dialer } from './dialer.ts';

/** The longest price list there is has some thousand models; nobody needs a minute for it. */
const timeout = 30_000;
const mostBytes = 64 * 1_024 * 1_024;

/**
 * Reads a JSON document, such as an aggregator's list of models, over the same proxies and
 * certificates as requests take. @throws UsageError where it cannot be had.
 */
export async function getJson(
  address: string,
  options: ClientOptions & { readonly key?: string } = {},
): Promise<unknown> {
  const url = new URL(address);
  const { key, ...client } = options;
  const dial = dialer(url, client);
  const http = new UndiciClient(url.origin, {
    allowH2: false,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxResponseSize: mostBytes,
    connect: (_, done) => {
      dial(ms(timeout)).then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      );
    },
  });
  try {
    const { statusCode, body } = await http.request({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      headers: {
        accept: 'application/json',
        'user-agent': 'arb',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      `${address}: cannot be read (${why}). Check the address, or save the list and give the file.`,
      { cause },
    );
  } finally {
    await http.destroy();
  }
}
