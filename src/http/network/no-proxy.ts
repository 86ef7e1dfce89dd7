import { BlockList, isIP } from 'node:net';

/**
 * Whether `NO_PROXY` names the host of `url`: a name with its subdomains, an address, a range of
 * addresses in CIDR notation (as curl since 7.86 and Go read it), each with `:port` or without, or `*`.
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const host = withoutBrackets(url.hostname);
  return noProxy
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => entry === '*' || names(entry.toLowerCase(), host, port));
}

/** The host of a URL as sockets take it: IPv6 addresses without their brackets. */
export function withoutBrackets(hostname: string): string {
  return hostname.replaceAll(/[[\]]/g, '');
}

function names(entry: string, host: string, port: string): boolean {
  // An address of version 6 has colons of its own: with a port it stands in brackets.
  if (isIP(entry) !== 0) return entry === host;
  const [, bracketed, plain, only] = /^(?:(\[.*\])|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? entry;
  if (only !== undefined && only !== port) return false;
  if (name.includes('/')) return isInRange(host, withoutBrackets(name));
  if (name === '*') return true;
  const bare = withoutBrackets(name).replace(/^\*?\./, '');
  // `*.example.com` names the subdomains alone, as Node and undici read it.
  const isApex = host === bare && !name.startsWith('*.');
  return bare !== '' && (isApex || host.endsWith(`.${bare}`));
}

function isInRange(host: string, range: string): boolean {
  const [network = '', bits = ''] = range.split('/');
  const version = isIP(network);
  if (version === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}
