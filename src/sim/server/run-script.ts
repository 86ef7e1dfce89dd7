import type { ServerResponse } from 'node:http';
import type { Scheduler } from './schedule.ts';
import type { Script, ScriptFrame } from './script.ts';

/** What really happened to an answer; instants of `performance.now()`. */
export interface ScriptResult {
  readonly outcome: 'completed' | 'failed' | 'aborted';
  readonly firstByteAt?: number;
  /** Just before the write of each content chunk. */
  readonly chunksAt: readonly number[];
  /** Output tokens of the chunks written. */
  readonly tokensSent: number;
}

export interface ScriptContext {
  readonly response: ServerResponse;
  readonly schedule: Scheduler;
  /** When service began; frames are due relative to it. */
  readonly startedAt: number;
  /** Moves an instant out of a stall. */
  readonly allowed: (instant: number) => number;
  readonly splitBytes?: number;
  /** Gap before each repetition of an endless stream. */
  readonly gap: () => number;
}

/** Writes a script at its instants; resolves when the answer is over, whoever ended it. */
export function runScript(script: Script, context: ScriptContext): Promise<ScriptResult> {
  const { response, schedule, startedAt, allowed } = context;
  const chunksAt: number[] = [];
  let firstByteAt: number | undefined;
  let tokensSent = 0;
  let index = 0;
  let over = false;
  let cancel = () => {};

  const send = (frames: readonly ScriptFrame[]) => {
    const bytes = frames.map((frame) => frame.bytes()).join('');
    const now = performance.now();
    firstByteAt ??= now;
    for (const frame of frames) {
      if (frame.tokens > 0) chunksAt.push(now);
      tokensSent += frame.tokens;
    }
    write(context, script, bytes);
  };
  return new Promise((resolve) => {
    const finish = (outcome: ScriptResult['outcome']) => {
      if (over) return;
      over = true;
      cancel();
      resolve({
        outcome,
        chunksAt,
        tokensSent,
        ...(firstByteAt === undefined ? {} : { firstByteAt }),
      });
    };
    const step = () => {
      const due = script.frames[index]?.after ?? 0;
      const first = index;
      while ((script.frames[index]?.after ?? Number.POSITIVE_INFINITY) <= due) index += 1;
      if (script.status !== 0) send(script.frames.slice(first, index));
      next();
    };
    const repeat = (last: ScriptFrame) => {
      send([last]);
      cancel = schedule.at(allowed(performance.now() + Math.max(1, context.gap())), () =>
        repeat(last),
      );
    };
    const next = () => {
      const frame = script.frames[index];
      if (frame) {
        cancel = schedule.at(allowed(startedAt + frame.after), step);
        return;
      }
      const last = script.frames.at(-1);
      if (script.end === 'endless' && last) {
        cancel = schedule.at(allowed(performance.now() + Math.max(1, context.gap())), () =>
          repeat(last),
        );
      } else if (script.end === 'destroy') {
        finish('failed');
        response.destroy();
      } else if (script.end === 'end') {
        finish(script.finish === undefined ? 'failed' : 'completed');
        response.end();
      }
    };
    response.once('close', () => finish('aborted'));
    next();
  });
}

function write({ response, splitBytes }: ScriptContext, script: Script, bytes: string): void {
  if (!response.headersSent) response.writeHead(script.status, script.headers);
  if (splitBytes === undefined) {
    push(response, bytes);
    return;
  }
  const buffer = Buffer.from(bytes);
  for (let start = 0; start < buffer.length; start += splitBytes) {
    push(response, buffer.subarray(start, start + splitBytes));
  }
}

/** node:http corks the socket until the next tick; uncorked here, the stamp is that of the write. */
function push(response: ServerResponse, bytes: string | Buffer): void {
  response.write(bytes);
  response.socket?.uncork();
}
