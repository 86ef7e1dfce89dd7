import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Verdict } from '../judge/check/verdict.ts';
import type { Outcome } from '../outcome/outcome.ts';
import type { Answer, Attempt } from '../replay/event/attempt.ts';
import { pathFaults, writeAtomic } from './file/atomic.ts';
import { defaultUmask, fileModeIn } from './file/file-mode.ts';
import { Journal } from './file/journal.ts';
import type { Manifest } from './manifest.ts';

/** The rows of one settled (request, target, pass), written together. */
export interface SettledRows {
  readonly answer?: Answer;
  readonly verdict?: Verdict;
  readonly outcome: Outcome;
}

const journals = ['answers', 'attempts', 'verdicts', 'outcomes'] as const;
type JournalName = (typeof journals)[number];

/**
 * A run directory open for writing. Answers are handed to the disk before the attempts that gave
 * them, and outcomes last, so that after `kill -9` an outcome says that everything of its request is
 * there.
 */
export class RunWriter {
  readonly dir: string;
  #journals: Record<JournalName, Journal>;
  #isBroken = false;

  private constructor(dir: string, manifest: Manifest) {
    this.dir = dir;
    const header = { version: 1, arb: manifest.arb };
    const open = (name: JournalName) =>
      Journal.open(join(dir, `${name}.jsonl`), { kind: name, ...header });
    this.#journals = {
      answers: open('answers'),
      attempts: open('attempts'),
      verdicts: open('verdicts'),
      outcomes: open('outcomes'),
    };
  }

  /** Makes a new run directory. @throws UsageError if there is one already. */
  static create(dir: string, manifest: Manifest, umask = defaultUmask): RunWriter {
    if (existsSync(join(dir, 'manifest.json'))) {
      throw new UsageError(
        `${dir}: there is a run already. Give another --out, or --resume to go on with it.`,
      );
    }
    makeRunDirectory(dir, umask);
    writeManifest(dir, manifest, 0o666 & ~umask);
    return new RunWriter(dir, manifest);
  }

  /** Goes on with a run directory under its changed manifest. */
  static resume(dir: string, manifest: Manifest): RunWriter {
    writeManifest(dir, manifest);
    return new RunWriter(dir, manifest);
  }

  /** `row` is the attempt as JSON, where that is at hand. */
  addAttempt(attempt: Attempt, row = JSON.stringify(attempt)): void {
    this.#journals.attempts.addJson(row);
  }

  addSettled({ answer, verdict, outcome }: SettledRows): void {
    if (answer) this.#journals.answers.add(answer);
    if (verdict) this.#journals.verdicts.add(verdict);
    this.#journals.outcomes.add(outcome);
  }

  /** Hands everything added so far to the operating system. @throws StorageError */
  flush(): void {
    this.#inOrder((journal) => journal.flush());
  }

  /** @throws StorageError */
  close(): void {
    if (!this.#isBroken) this.#inOrder((journal) => journal.close());
    else for (const name of journals) this.#journals[name].abandon();
  }

  /** Where one fails, those that say what it lacks are not written either. */
  #inOrder(act: (journal: Journal) => void): void {
    try {
      for (const name of journals) act(this.#journals[name]);
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }
}

/**
 * Makes the directory, and closes it to others where it is new.
 * @throws UsageError where rows of a run lie in it whose manifest is gone: they would become rows of
 * this one.
 */
export function makeRunDirectory(dir: string, umask = defaultUmask): void {
  if (existsSync(dir)) {
    inPlace(dir, () => {
      readdirSync(dir);
      accessSync(dir, constants.W_OK);
    });
    const left = ['attempts', 'answers', 'verdicts', 'outcomes'].map((name) => `${name}.jsonl`);
    const found = left.find((name) => existsSync(join(dir, name)));
    if (found === undefined || existsSync(join(dir, 'manifest.json'))) return;
    throw new UsageError(
      `${dir}: holds ${found} of a run whose manifest.json is gone. Name another directory, or remove this one.`,
    );
  }
  inPlace(dir, () => mkdirSync(dir, { recursive: true }));
  chmodSync(dir, 0o777 & ~umask);
}

/** A directory that cannot be where it was asked for is the caller's to change. */
function inPlace(dir: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!pathFaults.has(code)) throw error;
    const why = code === 'ENOTDIR' || code === 'EEXIST' ? 'a file is in its way' : code;
    throw new UsageError(
      `${dir}: no run can be written there (${why}). Name another directory with --out.`,
      { cause: error },
    );
  }
}

/**
 * Makes a directory that nobody else has: `dir`, or the first of `dir-2`, `dir-3`, ... that is free, even
 * where two processes ask at once.
 */
export function makeFreshRunDirectory(dir: string, umask = defaultUmask): string {
  inPlace(dirname(dir), () => mkdirSync(dirname(dir), { recursive: true }));
  for (let count = 1; ; count++) {
    const free = count === 1 ? dir : `${dir}-${count}`;
    try {
      mkdirSync(free);
      chmodSync(free, 0o777 & ~umask);
      return free;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** A directory that was made and never written to is taken away again. */
export function removeIfEmpty(dir: string): void {
  if (readdirSync(dir).length === 0) rmdirSync(dir);
}

/** Keeps the mode of the file where there is one. */
export function writeManifest(dir: string, manifest: Manifest, mode = fileModeIn(dir)): void {
  writeAtomic(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, mode);
}

/** `manifest.json` of a run directory. @throws UsageError where the directory holds no run. */
export function readManifest(dir: string): Manifest {
  try {
    return manifestIn(JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')));
  } catch (error) {
    throw damagedManifest(dir, error);
  }
}

/** What was read as the manifest of a run directory. @throws UsageError where it is damaged. */
export function checkManifest(dir: string, value: unknown): Manifest {
  try {
    return manifestIn(value);
  } catch (error) {
    throw damagedManifest(dir, error);
  }
}

function damagedManifest(dir: string, cause: unknown): UsageError {
  const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no run here' : 'not readable';
  const next = 'Give the directory that arb bench wrote, e.g. reports/2026-11-20-nightly.';
  return new UsageError(`${join(dir, 'manifest.json')}: ${why}. ${next}`, { cause });
}

/** Far from all of its fields, but those that every command takes for granted. @throws TypeError */
function manifestIn(value: unknown): Manifest {
  const found = toObject(value);
  for (const name of ['workload', 'prices', 'vantage', 'versions']) toObject(found[name]);
  for (const name of ['targets', 'self', 'invalid']) {
    if (!Array.isArray(found[name])) throw new TypeError(`${name} is no list`);
  }
  // No arb.yaml has such a target: the file was edited.
  if (
    (found.targets as unknown[]).some((name) => typeof name !== 'string' || /\p{Cc}/u.test(name))
  ) {
    throw new TypeError('a target is no name');
  }
  if (typeof found.started_at !== 'string') throw new TypeError('started_at is no text');
  return value as Manifest;
}

function toObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TypeError('no object');
}
