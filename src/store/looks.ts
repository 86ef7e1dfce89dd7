import { appendFileSync, existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../policy/id.ts';

/** How many different certificates a run was asked for, the present one included. */
export interface Looks {
  readonly looks: number;
  /** Where they could not be counted. */
  readonly doubts: readonly string[];
}

/**
 * Counts a question in `looks.jsonl` of every run, unless it was asked there before: a table that is
 * asked with other floors, classes or salts until something passes proves less each time.
 */
export function countLook(dirs: readonly string[], question: object): Looks {
  const asked = canonicalJson(question);
  const counts = dirs.map((dir) => countIn(join(dir, 'looks.jsonl'), asked));
  return {
    looks: Math.max(1, ...counts.map(({ looks }) => looks)),
    doubts: counts.flatMap(({ doubts }) => doubts),
  };
}

function countIn(file: string, asked: string): Looks {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const earlier = new Set(lines);
  if (earlier.has(asked)) return { looks: earlier.size, doubts: [] };
  const looks = earlier.size + 1;
  try {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw new Error(`${file} is a symbolic link`);
    }
    appendFileSync(file, `${asked}\n`, { mode: 0o600 });
  } catch (error) {
    return { looks, doubts: [`this look is not counted: ${(error as Error).message}`] };
  }
  return { looks, doubts: [] };
}
