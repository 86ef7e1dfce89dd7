import type { Attempt } from '../../../replay/event/attempt.ts';

/** Counts finish reasons that arb does not know, by target and word: no answer is lost in a sum. */
export class UnknownFinishes {
  readonly #counts = new Map<string, Map<string, number>>();

  add(attempt: Attempt): void {
    if (attempt.status !== 'unknown-finish') return;
    const word = attempt.finish_reason ?? '';
    const words = this.#counts.get(attempt.target) ?? new Map<string, number>();
    this.#counts.set(attempt.target, words);
    words.set(word, (words.get(word) ?? 0) + 1);
  }

  /** One line per target and word, with what to do. */
  lines(): string[] {
    return [...this.#counts].flatMap(([target, words]) =>
      [...words].map(
        ([word, count]) =>
          `${target}: ${count} ${count === 1 ? 'answer' : 'answers'} ended with the finish reason ${JSON.stringify(word)}, which arb does not know; counted as failed. If it is a success, write finish_reasons: {${JSON.stringify(word)}: ok} in arb.yaml.`,
      ),
    );
  }
}
