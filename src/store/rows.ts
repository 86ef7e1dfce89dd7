import { closeSync, createReadStream, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WorkloadError } from '../errors.ts';
import type { Verdict } from '../judge/check/verdict.ts';
import type { HumanLabel } from '../judge/label/corrected.ts';
import type { CachedVote } from '../judge/panel/cache.ts';
import { splitLines } from '../lines.ts';
import type { Outcome } from '../outcome/outcome.ts';
import type { Answer, Attempt } from '../replay/event/attempt.ts';
import type { LedgerRow } from './ledger/ledger-row.ts';

/** The rows of one file of a run, as a stream; the header is left out. */
export const readAttempts = (dir: string) => readRows<Attempt>(join(dir, 'attempts.jsonl'));
/** Attempts of judges: they count under the run's budget too. */
export const readJudgeAttempts = (dir: string) =>
  readRows<Attempt>(join(dir, 'judge-attempts.jsonl'));
export const readAnswers = (dir: string) => readRows<Answer>(join(dir, 'answers.jsonl'));
export const readLedger = (dir: string) => readRows<LedgerRow>(join(dir, 'reservations.jsonl'));
export const readVotes = (dir: string) => readRows<CachedVote>(join(dir, 'votes.jsonl'));
export const readLabels = (dir: string) => readRows<HumanLabel>(join(dir, 'labels.jsonl'));
export const readVerdicts = (dir: string) => readRows<Verdict>(join(dir, 'verdicts.jsonl'));
/**
 * `outcomes.jsonl` of a run directory, row by row; nothing where the file is not there.
 * @throws WorkloadError naming the line that is no row
 */
export const readOutcomeRows = (dir: string) => readRows<Outcome>(join(dir, 'outcomes.jsonl'));
/** Anybody's table. */
export const readOutcomeFile = (file: string) => readRows<Outcome>(file, 'a table');

const nextStep = {
  'a run': 'The run is damaged: measure again.',
  'a table': 'Correct the line.',
} as const;

/** In a run, a last line without its end was being written when arb was killed: it is left out. */
async function* readRows<Row extends object>(
  file: string,
  of: keyof typeof nextStep = 'a run',
): AsyncGenerator<Row> {
  if (!existsSync(file)) return;
  let line = 0;
  let fault: WorkloadError | undefined;
  for await (const lines of splitLines(createReadStream(file))) {
    for (const text of lines) {
      if (fault) throw fault;
      line += 1;
      if (text.trim() === '') continue;
      let row: Row;
      try {
        row = rowIn<Row>(JSON.parse(text));
      } catch (error) {
        const what = `not valid JSON (${(error as Error).message}). ${nextStep[of]}`;
        fault = new WorkloadError({ file, line }, what);
        continue;
      }
      if (line === 1 && 'kind' in row && 'version' in row) continue;
      yield row;
    }
  }
  if (fault && (of === 'a table' || hasLastLine(file))) throw fault;
}

/** @throws TypeError where a value is no row, or names its request or target by no text. */
function rowIn<Row extends object>(value: unknown): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('a row is an object');
  }
  for (const name of ['request_id', 'target', 'status', 'label_id', 'judge']) {
    const said: unknown = (value as Record<string, unknown>)[name];
    if (said !== undefined && typeof said !== 'string') throw new TypeError(`${name} is no text`);
  }
  return value as Row;
}

/** Whether the last line of the file has its end. */
function hasLastLine(file: string): boolean {
  const last = Buffer.alloc(1);
  const fd = openSync(file, 'r');
  readSync(fd, last, 0, 1, statSync(file).size - 1);
  closeSync(fd);
  return last[0] === 0x0a;
}
