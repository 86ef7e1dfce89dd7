import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCli } from './run.ts';

/** What one command line came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on standard input. */
  readonly stdin?: string;
  /** Standard error is a terminal, on which the live screen is drawn. */
  readonly terminal?: true;
  /** Interrupts once, as soon as this holds. */
  readonly interruptWhen?: () => boolean;
}

/** Runs `arb ...` in this process, with streams that are no terminal. */
export async function arb(args: readonly string[], world: World = {}): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  if (world.terminal) Object.assign(stderr, { isTTY: true, columns: 200, rows: 50 });
  const texts = Promise.all([text(stdout), text(stderr)]);
  const code = await runCli(args, {
    stdin: Readable.from(world.stdin === undefined ? [] : [Buffer.from(world.stdin)]),
    stdout,
    stderr,
    env: world.env ?? {},
    onInterrupt: (listener) => {
      const poll = setInterval(() => {
        if (!world.interruptWhen?.()) return;
        clearInterval(poll);
        listener();
      }, 5);
      return () => clearInterval(poll);
    },
    now: () => new Date('2026-11-20T01:00:00Z'),
    process: 'shared',
  });
  stdout.end();
  stderr.end();
  const [out, err] = await texts;
  return { code, stdout: out, stderr: err };
}

/** A folder with these files in it. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'arb-cli-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/**
 * The exit code of a bench, where a run that is complete counts as done although its times cannot be
 * trusted: other work on the machine can make that so, in any test.
 */
export function codeOfBench({ code, stdout }: Ran): number {
  const isInvalid = /^NOT VALID: /m.test(stdout) || /"invalid": \[\s*"/.test(stdout);
  return code === 3 && isInvalid && !/stopped at its/.test(stdout) ? 0 : code;
}
