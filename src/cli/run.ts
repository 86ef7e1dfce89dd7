import { CommanderError } from 'commander';
import { ArbError, exitCodes } from '../errors.ts';
import type { ExitCode } from '../index.ts';
import { limitTables } from '../report/text/table.ts';
import { buildProgram } from './program.ts';
import { type Shell, say } from './terminal/shell.ts';

/** Runs one command line and says its exit code; nothing escapes as an exception. */
export async function runCli(args: readonly string[], shell: Shell): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  // A terminal that does not say its size has 0 columns, as under script(1) and in some CI.
  const fitTables = () => {
    limitTables(shell.stdout.isTTY ? shell.stdout.columns || undefined : undefined);
  };
  fitTables();
  shell.stdout.on('resize', fitTables);
  const crash = Promise.withResolvers<never>();
  process.on('uncaughtException', crash.reject).on('unhandledRejection', crash.reject);
  try {
    const program = await buildProgram(args, {
      shell,
      run: runCli,
      finish: (result) => {
        code = result;
      },
    });
    await Promise.race([program.parseAsync(args, { from: 'user' }), crash.promise]);
    return code;
  } catch (error) {
    return report(error, shell);
  } finally {
    shell.stdout.off('resize', fitTables);
    process.off('uncaughtException', crash.reject).off('unhandledRejection', crash.reject);
  }
}

function report(error: unknown, shell: Shell): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed its own message already; help and version are no errors.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.input;
  }
  if (error instanceof ArbError) {
    for (const line of error.message.split('\n')) say(shell.stderr, `arb: ${line}`);
    return error.exitCode;
  }
  say(shell.stderr, `arb: a bug in arb: ${error instanceof Error ? error.message : String(error)}`);
  say(shell.stderr, 'Please report it with the command and this trace; what was measured is kept.');
  if (error instanceof Error && error.stack) say(shell.stderr, error.stack);
  return exitCodes.bug;
}
