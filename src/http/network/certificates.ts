import * as tls from 'node:tls';

/**
 * The `ca` option of a TLS connection that trusts `extra` PEM certificates besides the built-in ones;
 * nothing where there are none, as Node's default is right then. Node's option replaces the built-in
 * list, so the list is repeated: a company's certificate must not shut out public hosts.
 */
export function trustAlso(extra: readonly string[]): { readonly ca?: string[] } {
  if (extra.length === 0) return {};
  const builtIn = tls.getCACertificates?.('default') ?? tls.rootCertificates;
  return { ca: [...builtIn, ...extra] };
}
