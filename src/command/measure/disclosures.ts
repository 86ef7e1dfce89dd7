/** Requests by target or judge and by `metadata.data_class`. */
export type Disclosed = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The class of requests that say none. */
const UNLABELLED = 'unlabelled';

/**
 * Counts what was disclosed to whom: each request once per receiver, from its first attempt on,
 * whether or not all of it arrived.
 */
export class Disclosures {
  readonly #counts: Record<string, Record<string, number>> = Object.create(null);

  add(receiver: string, dataClass: string | number | boolean | undefined): void {
    const counts = this.#counts[receiver] ?? Object.create(null);
    this.#counts[receiver] = counts;
    const name = dataClass === undefined ? UNLABELLED : String(dataClass);
    counts[name] = (counts[name] ?? 0) + 1;
  }

  get counts(): Disclosed {
    return this.#counts;
  }
}

/** Both together. */
export function sumDisclosed(one: Disclosed, other: Disclosed = {}): Disclosed {
  const receivers = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    receivers.map((receiver) => {
      const sum: Record<string, number> = Object.assign(Object.create(null), own(one, receiver));
      for (const [name, count] of Object.entries(own(other, receiver))) {
        sum[name] = (sum[name] ?? 0) + count;
      }
      return [receiver, sum];
    }),
  );
}

const own = (counts: Disclosed, receiver: string) =>
  (Object.hasOwn(counts, receiver) && counts[receiver]) || {};
