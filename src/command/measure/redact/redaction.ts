import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../../errors.ts';
import { LimitError } from '../../../workload/limits.ts';
import { LineRedactor } from '../../../workload/redact/redact-line.ts';
import { Redactor } from '../../../workload/redact/redactor.ts';
import { loadConfig } from '../../config/config.ts';
import { FinderProcess } from './finder.ts';

/** What is redacted before anything is written. */
export interface RedactionOptions {
  /** Replace secrets and personal values by placeholders. @default false */
  readonly redact?: boolean;
  /** Patterns of the user's own that are redacted besides, by name. */
  readonly patterns?: Readonly<Record<string, RegExp>>;
  /** Where further patterns and a command are looked for. @default 'arb.yaml', where there is one */
  readonly config?: string;
  /** Run the command that arb.yaml names. @default false: where it names one, nothing is redacted */
  readonly allowCommands?: boolean;
}

/** The redaction of one workload's lines. */
export interface Redaction {
  /** How many values of each kind were replaced so far. */
  readonly counts: ReadonlyMap<string, number>;
  redact<T extends { readonly id?: string; readonly session?: string }>(line: T): T | Promise<T>;
  /** Ends what was started for it. */
  close(): void;
}

/**
 * Redaction as the options and arb.yaml say; undefined where none is wanted.
 * @throws UsageError where a pattern is none, or a command must not be run.
 */
export function openRedaction(options: RedactionOptions): Redaction | undefined {
  if (!options.redact && !options.patterns) return undefined;
  const isConfigured = options.config !== undefined || existsSync('arb.yaml');
  const loaded = isConfigured ? loadConfig(options.config) : undefined;
  const { patterns = {}, command } = loaded?.config.redact ?? {};
  if (command && !options.allowCommands) {
    throw new UsageError(
      `${loaded?.file}: redact.command: is a program. Let it run with --allow-commands, or remove it.`,
    );
  }
  const own = Object.entries(patterns).map(
    ([name, source]) =>
      [name, toRegex(source, `${loaded?.file}: redact.patterns.${name}`)] as const,
  );
  const redactor = new Redactor({
    patterns: { ...Object.fromEntries(own), ...options.patterns },
    patternMs: loaded?.config.limits?.check_ms,
  });
  const lines = new LineRedactor(redactor);
  const folder = dirname(resolve(loaded?.file ?? '.'));
  const finder = command && new FinderProcess(command, folder);
  return {
    counts: redactor.counts,
    redact: (line) =>
      finder
        ? finder.find(listTexts(line)).then((seen) => inTime(() => lines.redact(line, seen)))
        : inTime(() => lines.redact(line)),
    close: () => finder?.close(),
  };
}

function toRegex(source: string, place: string): RegExp {
  try {
    return new RegExp(source, 'gu');
  } catch (error) {
    throw new UsageError(`${place}: ${(error as Error).message}. Correct the pattern.`);
  }
}

/** @throws UsageError where a pattern of the user's takes too long. */
function inTime<T>(redact: () => T): T {
  try {
    return redact();
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    throw new UsageError(
      `a pattern that is to be redacted takes too long on a text (${error.message}, limits.check_ms). Give one without nested repetition.`,
      { cause: error },
    );
  }
}

/** All texts of a JSON value. */
function listTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(listTexts);
}
