import type { KnownValue, Redactor } from './redactor.ts';

/** A line of a workload, as far as its names are concerned. */
interface Named {
  readonly id?: string;
  readonly session?: string;
}

/**
 * Redacts the lines of one workload: request, metadata, answers, tool calls. An id that holds a secret
 * is left out, a session that does is numbered: they name something, so two must not become one.
 */
export class LineRedactor {
  readonly #redactor: Redactor;
  readonly #sessions = new Map<string, string>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** `seen` are further values in it that are to be redacted. */
  redact<T extends Named>(line: T, seen: readonly KnownValue[] = []): T {
    const { id, session, ...rest } = line;
    const shown = this.#redactor.redact(rest, { session, seen });
    const name = session === undefined ? undefined : this.#nameSession(session);
    const hasSecret = id !== undefined && this.#redactor.redact(id) !== id;
    return {
      ...(id !== undefined && !hasSecret && { id }),
      ...(name !== undefined && { session: name }),
      ...shown,
    } as T;
  }

  #nameSession(session: string): string {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const isSafe = this.#redactor.redact(session) === session;
    const name = isSafe ? session : `session-${this.#sessions.size + 1}`;
    if (!isSafe) this.#sessions.set(session, name);
    return name;
  }
}
