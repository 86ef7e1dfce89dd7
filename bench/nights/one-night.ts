import { runCli } from '../../src/cli/run.ts';

/** `arb nightly ...` at a date that is told: ONE-NIGHT DATE [ARGS]. */
const [date = '', ...args] = process.argv.slice(2);
process.exitCode = await runCli(['nightly', ...args], {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: () => () => undefined,
  now: () => new Date(`${date}T03:00:00Z`),
  process: 'own',
});
