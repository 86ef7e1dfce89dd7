import { spawn } from 'node:child_process';
import { z } from 'zod';
import type { WorkloadRequest } from '../../workload/request.ts';
import type { CheckVerdict } from './check.ts';
import type { AnswerText } from './verdict.ts';

/** A check that is a program of the user's: named in arb.yaml, never in the workload. */
export interface CheckCommand {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
  /** Where it runs; the folder of arb.yaml. */
  readonly folder: string;
}

/** An entry of arb.yaml's `checks:`: `compiles: {command: [/usr/bin/node, check.mjs]}`. */
export const checkConfigSchema = z.strictObject({
  command: z
    .tuple([z.string().min(1)], z.string())
    .describe('The program and its arguments; it gets request and answer as JSON on stdin.'),
  timeout_ms: z
    .number()
    .positive()
    .max(600_000)
    .default(10_000)
    .describe('Time it may take, in ms.'),
});

/** The checks of an arb.yaml in `folder`. */
export function checkCommands(
  checks: Readonly<Record<string, z.output<typeof checkConfigSchema>>>,
  folder: string,
): Readonly<Record<string, CheckCommand>> {
  return Object.fromEntries(
    Object.entries(checks).map(([name, { command, timeout_ms }]) => [
      name,
      { command, timeoutMs: timeout_ms, folder },
    ]),
  );
}

/**
 * What a command said. `broken`: it could not be run or ended in a way that is no verdict, which says
 * nothing of the answer.
 */
export type CommandResult =
  | (CheckVerdict & { readonly state: 'ran' })
  | { readonly state: 'broken'; readonly why: string };

/** As much of a command's output as can be a reason. */
const longestOutput = 2_000;

/**
 * Runs a check with the request and the answer as one JSON object on its standard input and nothing
 * in its environment. Exit code 0: right. 1, or no end in time: wrong. Anything else is no verdict.
 * Its first line of output is the reason.
 */
export function runCommand(
  name: string,
  { command: [program, ...args], timeoutMs, folder }: CheckCommand,
  input: { readonly request: WorkloadRequest; readonly answer: AnswerText },
): Promise<CommandResult> {
  const by = `check ${name}`;
  const wrong = (why: string): CommandResult => ({ state: 'ran', quality: 0, by, why });
  const broken = (why: string): CommandResult => ({ state: 'broken', why: `${by}: ${why}` });
  return new Promise((resolve) => {
    // A process group of its own, so that what it started ends with it.
    const child = spawn(program, args, { cwd: folder, env: {}, detached: true });
    let output = '';
    const endAll = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(() => {
      resolve(wrong(`${by}: no end after ${timeoutMs} ms`));
      endAll();
    }, timeoutMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (output.length < longestOutput) output += text;
      });
    }
    // A check that does not read its input closes it early.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(toInput(input)));
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const next = 'It runs without PATH: give the program with its whole path.';
      resolve(broken(error.code === 'ENOENT' ? `cannot find ${program}. ${next}` : error.message));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      endAll();
      const said = output.split('\n')[0]?.trim().slice(0, 200);
      const why = said ? `${by}: ${said}` : by;
      if (code === 0) resolve({ state: 'ran', quality: 1, by });
      else if (code === 1) resolve(wrong(why));
      else resolve(broken(`ended with ${signal ?? `exit code ${code}`}${said ? `: ${said}` : ''}`));
    });
  });
}

function toInput({ request, answer }: Parameters<typeof runCommand>[2]) {
  const { id, task, metadata, body, recorded } = request;
  return {
    request_id: id,
    ...(task !== undefined && { task }),
    metadata,
    messages: body.messages,
    ...(recorded?.answer !== undefined && { recorded_answer: recorded.answer }),
    answer: answer.answer,
    tool_calls: answer.tool_calls ?? [],
  };
}
