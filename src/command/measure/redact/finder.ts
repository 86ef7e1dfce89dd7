import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { UsageError } from '../../../errors.ts';
import { readLines } from '../../../table/lines.ts';
import type { KnownValue } from '../../../workload/redact/redactor.ts';

const replySchema = z.object({
  found: z.array(z.object({ kind: z.string().regex(/^[a-z][\w-]*$/), text: z.string() })),
});

/** A tool that loads a model may take long before its first reply. */
const LONGEST_WAIT_MS = 120_000;

/**
 * A team's own tool that finds values to redact, one process for all requests: a line
 * `{"texts": [...]}` is asked, a line `{"found": [{"kind", "text"}]}` is answered. It sees nothing of the
 * environment but PATH's default.
 */
export class FinderProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #replies: AsyncIterator<string>;
  readonly #name: string;
  #ended = '';
  #said = '';

  constructor([program, ...args]: readonly [string, ...string[]], folder: string) {
    this.#name = program;
    this.#child = spawn(program, args, { cwd: folder, env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.#said.length < 500) this.#said += text;
    });
    this.#child.stdin.on('error', () => undefined);
    this.#child.once('error', (error) => {
      this.#ended = error.message;
      this.#child.stdout.destroy();
    });
    this.#replies = readReplies(program, this.#child.stdout);
  }

  /** @throws UsageError where it ends, stays silent or answers something else: nothing goes on unredacted. */
  async find(texts: readonly string[]): Promise<readonly KnownValue[]> {
    this.#child.stdin.write(`${JSON.stringify({ texts })}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, LONGEST_WAIT_MS, undefined);
    });
    const next = await Promise.race([this.#replies.next(), late]);
    clearTimeout(timer);
    if (!next) throw this.#fault(`no reply in ${LONGEST_WAIT_MS / 1_000} s`);
    if (next.done) throw this.#fault(this.#ended || 'it ended before its reply');
    try {
      return replySchema.parse(JSON.parse(next.value)).found;
    } catch {
      throw this.#fault(
        `its reply is no {"found": [{"kind", "text"}]}: ${next.value.slice(0, 100)}`,
      );
    }
  }

  close(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  #fault(what: string): UsageError {
    const said = this.#said.split('\n')[0];
    const more = said ? ` (${said})` : '';
    return new UsageError(
      `redact.command: ${this.#name}: ${what}${more}. Nothing is written. Correct the command.`,
    );
  }
}

/** One line after the other, as they come. */
async function* readReplies(name: string, stdout: Readable): AsyncGenerator<string> {
  for await (const lines of readLines({ name, open: () => stdout })) yield* lines;
}
