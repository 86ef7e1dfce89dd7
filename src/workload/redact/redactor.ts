import { type Detector, detectors } from './detectors.ts';

export interface RedactOptions {
  /** The user's own patterns by name; they are looked for first. */
  readonly patterns?: Readonly<Record<string, RegExp>>;
}

/** Sessions whose numbering is kept; the one that was not met for longest is forgotten first. */
const MOST_SESSIONS = 50_000;

/**
 * Replaces secrets and personal values by numbered placeholders: `[email-1]`. Within a session the same
 * value has the same number, so that answers can be compared; numbers go by order of appearance and
 * say nothing of the value. A placeholder is filled up to the length class of what it replaces
 * (16, 32, 64, ... characters), so that the lengths of prompts stay what they were.
 */
export class Redactor {
  readonly #detectors: readonly (readonly [string, Detector])[];
  readonly #sessions = new Map<string, Numbering>();
  readonly #counts = new Map<string, number>();

  constructor(options: RedactOptions = {}) {
    const own = Object.entries(options.patterns ?? {}).map(([name, pattern]) => {
      const flags = pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`;
      return [name, { pattern: new RegExp(pattern, flags) }] as const;
    });
    this.#detectors = [...own, ...Object.entries(detectors)];
  }

  /** How many values of each kind were replaced so far. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /**
   * A copy of a JSON value in which every text is redacted, keys of objects left as they are.
   * @param session what shares one numbering; a value without one has a numbering of its own
   */
  redact<T>(value: T, session?: string): T {
    return this.#walk(value, this.#numberingFor(session)) as T;
  }

  #walk(value: unknown, numbering: Numbering): unknown {
    if (typeof value === 'string') return this.#text(value, numbering);
    if (Array.isArray(value)) return value.map((each) => this.#walk(each, numbering));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, this.#walk(each, numbering)]),
    );
  }

  #text(text: string, numbering: Numbering): string {
    // Images and files in the text of a URL hold no words, and are long.
    if (/^data:[\w/+.-]+;base64,/.test(text)) return text;
    let redacted = text;
    for (const [kind, { pattern, accepts }] of this.#detectors) {
      redacted = redacted.replace(pattern, (match: string) => {
        if (accepts?.(match) === false || isPlaceholder(match)) return match;
        this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
        return numbering.placeholder(kind, match);
      });
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

const SHORTEST = 16;

/** Filled up with underscores to the largest power of two that the value's length holds. */
function padded(start: string, length: number): string {
  const size = length < SHORTEST ? 0 : 2 ** Math.floor(Math.log2(length));
  return `${start.padEnd(size - 1, '_')}]`;
}

const isPlaceholder = (text: string) => /^\[?[\w-]+-\d+_*\]?$/.test(text) && /^\[/.test(text);
