import type { Command } from 'commander';
import type { ExitCode } from '../../index.ts';
import type { Shell } from './shell.ts';

/** What a command needs to add itself to the command line. */
export interface Cli {
  readonly program: Command;
  readonly shell: Shell;
  readonly finish: (code: ExitCode) => void;
  /** The grammar of the command line with every command whole. */
  readonly loadGrammar: () => Promise<Command>;
  /** Runs another command line. */
  readonly run: (args: readonly string[], shell: Shell) => Promise<ExitCode>;
}
