import type { ThroughputLoad } from '../throughput/arb.ts';

/** A load tool as its users install and start it. */
export interface Tool {
  readonly name: string;
  /** How many requests it is given: enough for ten to twenty seconds, fewer for the fast ones. */
  readonly requests: number;
  /** How many times its requests per second arb must reach. */
  readonly least?: number;
  /** How it asks, and what it leaves on disk. */
  readonly remark: string;
  /** Installs it where it is missing, and says its version. @throws Error with the reason. */
  install(): string;
  /** Writes its settings into `folder`; what it records goes into `out`, its working folder. */
  start(job: ThroughputLoad, folder: string, out: string): Start;
  /** Its own figure for requests per second, from what it recorded or printed. */
  said(out: string, printed: string): number;
}

export interface Start {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}
