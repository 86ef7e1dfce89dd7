import { runCli } from './run.ts';
import { onInterrupt } from './terminal/interrupts.ts';
import type { Shell } from './terminal/shell.ts';

/** The real terminal. */
const shell: Shell = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt,
  now: () => new Date(),
  process: 'own',
};

/** Runs this process's command line. */
export async function start(): Promise<void> {
  // `arb ... | head` closes the pipe early: that is the reader's choice, not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });

  // Started by arb itself, with a channel: should the parent be killed, its child ends too.
  process.once('disconnect', () => process.exit());
  process.channel?.unref();

  process.exitCode = await runCli(process.argv.slice(2), shell);
}
