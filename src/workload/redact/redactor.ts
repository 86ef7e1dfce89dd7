import { runLimited } from '../limits.ts';
import { type Detector, detectors } from './detectors.ts';

export interface RedactOptions {
  /** The user's own patterns by name; they are looked for first. */
  readonly patterns?: Readonly<Record<string, RegExp>>;
  /** Time that one of them may take for one text. @default longestCheckMs */
  readonly patternMs?: number | undefined;
}

/** A value that something else has found, such as a name. */
export interface KnownValue {
  readonly kind: string;
  readonly text: string;
}

export interface RedactScope {
  /** What shares one numbering. @default a numbering of its own */
  readonly session?: string | undefined;
  /** Values that are redacted wherever they stand, before what patterns find. */
  readonly seen?: readonly KnownValue[];
}

interface Scope {
  readonly numbering: Numbering;
  /** By text: its kind. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Any of these texts. */
  readonly pattern: RegExp | undefined;
}

const SHORTEST_CARD = 1e12;

/** A file in the text of a URL; what splits a text is kept. */
const embedded = /(data:[\w/+.-]+(?:;[\w=.-]+)*;base64,[\w+/=-]*)/;

/** Sessions whose numbering is kept; the one that was not met for longest is forgotten first. */
const MOST_SESSIONS = 50_000;

/**
 * Replaces secrets and personal values by numbered placeholders: `[email-1]`. Within a session the same
 * value has the same number, so that answers can be compared; numbers go by order of appearance and
 * say nothing of the value. A placeholder is filled up to the length class of what it replaces
 * (16, 32, 64, ... characters), so that the lengths of prompts stay what they were.
 */
export class Redactor {
  readonly #patternMs: number | undefined;
  readonly #own: readonly (readonly [string, Detector])[];
  readonly #sessions = new Map<string, Numbering>();
  readonly #counts = new Map<string, number>();

  constructor(options: RedactOptions = {}) {
    this.#patternMs = options.patternMs;
    this.#own = Object.entries(options.patterns ?? {}).map(([name, pattern]) => {
      const flags = pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`;
      return [name, { pattern: new RegExp(pattern, flags) }] as const;
    });
  }

  /** How many values of each kind were replaced so far. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /**
   * A copy of a JSON value in which every text is redacted, keys of objects left as they are.
   */
  redact<T>(value: T, { session, seen = [] }: RedactScope = {}): T {
    const numbering = this.#numberingFor(session);
    const kinds = new Map(seen.map(({ kind, text }) => [text, kind]));
    return this.#walk(value, { numbering, kinds, pattern: toPattern([...kinds.keys()]) }) as T;
  }

  #walk(value: unknown, scope: Scope): unknown {
    if (typeof value === 'string') return this.#text(value, scope);
    if (typeof value === 'number') return this.#number(value, scope);
    if (Array.isArray(value)) return value.map((each) => this.#walk(each, scope));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, this.#walk(each, scope)]),
    );
  }

  /** A card may be written as a number; whatever else is long stays one. */
  #number(value: number, scope: Scope): unknown {
    if (value < SHORTEST_CARD || !Number.isSafeInteger(value)) return value;
    const text = String(value);
    const shown = this.#text(text, scope);
    return shown === text ? value : shown;
  }

  /** Images and files within a text hold no words, are long, and look like anything by chance. */
  #text(text: string, scope: Scope): string {
    if (!text.includes(';base64,')) return this.#words(text, scope);
    const pieces = text.split(embedded);
    return pieces.map((each, at) => (at % 2 === 1 ? each : this.#words(each, scope))).join('');
  }

  #words(text: string, { numbering, kinds, pattern: seen }: Scope): string {
    const place = (kind: string, match: string) => {
      if (isPlaceholder(match)) return match;
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
      return numbering.placeholder(kind, match);
    };
    let redacted = seen
      ? text.replace(seen, (match) => place(kinds.get(match) ?? 'value', match))
      : text;
    for (const [kind, { pattern }] of this.#own) {
      // A user's pattern may take time without end.
      const before = redacted;
      redacted = runLimited(
        () => before.replace(pattern, (match) => place(kind, match)),
        this.#patternMs,
      );
    }
    for (const [kind, { pattern, accept = (match: string) => match }] of Object.entries<Detector>(
      detectors,
    )) {
      const replace = (text: string): string =>
        text.replace(pattern, (match) => {
          const value = accept(match);
          if (value === undefined) return match;
          return place(kind, value) + replace(match.slice(value.length));
        });
      redacted = replace(redacted);
    }
    return redacted;
  }

  #numberingFor(session: string | undefined): Numbering {
    if (session === undefined) return new Numbering();
    const numbering = this.#sessions.get(session) ?? new Numbering();
    // Set again, it is the last of the map: the first is the one not met for longest.
    this.#sessions.delete(session);
    this.#sessions.set(session, numbering);
    if (this.#sessions.size > MOST_SESSIONS) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    return numbering;
  }
}

/** The numbers of one session's values, by kind. */
class Numbering {
  readonly #known = new Map<string, string>();
  readonly #next = new Map<string, number>();

  placeholder(kind: string, value: string): string {
    const key = `${kind}\n${value}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const number = (this.#next.get(kind) ?? 0) + 1;
    this.#next.set(kind, number);
    const made = padded(`[${kind}-${number}`, value.length);
    this.#known.set(key, made);
    return made;
  }
}

/** Any of some texts, the longest first. */
function toPattern(texts: readonly string[]): RegExp | undefined {
  const known = texts.filter((text) => text.length > 1).toSorted((a, b) => b.length - a.length);
  if (known.length === 0) return undefined;
  return new RegExp(
    known.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
    'g',
  );
}

const SHORTEST = 16;

/** Filled up with underscores to the largest power of two that the value's length holds. */
function padded(start: string, length: number): string {
  const size = length < SHORTEST ? 0 : 2 ** Math.floor(Math.log2(length));
  return `${start.padEnd(size - 1, '_')}]`;
}

const isPlaceholder = (text: string) => /^\[?[\w-]+-\d+_*\]?$/.test(text) && /^\[/.test(text);
