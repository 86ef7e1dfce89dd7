/** What a client is told about the machine it runs on; the library reads no environment. */
export interface ClientOptions {
  /** Proxy for `https:` addresses, e.g. `http://proxy:3128`. @default none */
  readonly httpsProxy?: string;
  /** Proxy for `http:` addresses. @default none */
  readonly httpProxy?: string;
  /** Hosts that are reached without a proxy, separated by commas, as in `NO_PROXY`. @default none */
  readonly noProxy?: string;
  /** PEM certificates that are trusted besides the built-in ones, towards proxies too. @default none */
  readonly ca?: readonly string[];
}
