import type { Readable } from 'node:stream';

/** Environment variables, given by the caller: the library reads none by itself. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What a command takes from the process that it runs in, so that it can run in any. */
export interface CommandContext {
  readonly env: Env;
  /** Read where a workload is `-`. @default nothing */
  readonly stdin?: Readable;
  readonly now: () => Date;
  /** Calls back at each interrupt (Ctrl-C); returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** `own`: nothing else runs in this process, and V8 may be told how to keep its heaps. */
  readonly process: 'own' | 'shared';
}
