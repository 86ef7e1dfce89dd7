import { listTexts } from '../features.ts';
import type { WorkloadRequest } from '../request.ts';

/** Requests whose words agree to this share (Jaccard, over runs of three words) are near-duplicates. */
const SIMILAR = 0.8;

/** A run of words in more than this share of a stratum's requests is of its template, not of the question. */
const TEMPLATE_SHARE = 0.2;
const TEMPLATE_LEAST = 10;

/** With fewer runs that are its own, only the same text is a near-duplicate. */
const FEWEST_SHINGLES = 5;

/** Runs that a sketch keeps: texts with no more are compared exactly. */
const SKETCH = 64;

/** 8 bands of 4 minima: texts that agree to 0.8 share a band in 98 % of cases, to 0.9 always. */
const BANDS = 8;
const ROWS = 4;

/** Texts that a band compares a new one with. */
const MOST_COMPARED = 16;

interface Sketched {
  /** The smallest hashes of its runs, ascending. */
  readonly least: Uint32Array;
  readonly minima: Uint32Array;
}

/**
 * Groups near-duplicates by MinHash with one permutation (Li, Owen & Zhang, 2012) and bands. What a
 * stratum's requests have in common (a template) is left out first, or all of them would be alike.
 */
export class NearDuplicates {
  readonly #words: {
    readonly stratum: number;
    readonly hashes: Uint32Array;
    readonly key: number;
  }[] = [];

  /** System prompts are left out: they are the application's. Gives back its place. */
  add(request: Pick<WorkloadRequest, 'body'>, stratum: number): number {
    const said = request.body.messages.filter(
      ({ role }) => role !== 'system' && role !== 'developer',
    );
    const text = said.flatMap(listTexts).join('\n');
    const { hashes, key } = shingles(text.toLowerCase().normalize('NFKC'));
    return this.#words.push({ stratum, hashes, key }) - 1;
  }

  /** By place: the place of the first of its group. */
  find(): readonly number[] {
    const template = this.#findTemplates();
    const parents = this.#words.map((_, place) => place);
    const rootOf = (place: number): number => {
      let root = place;
      while (parents[root] !== root) root = parents[root] as number;
      return root;
    };
    const join = (a: number, b: number) => {
      const [one, other] = [rootOf(a), rootOf(b)];
      parents[Math.max(one, other)] = Math.min(one, other);
    };
    const exact = new Map<string, number>();
    const bands = new Map<number, number[]>();
    const sketches: (Sketched | undefined)[] = [];
    this.#words.forEach(({ stratum, hashes, key }, place) => {
      const own = hashes.filter((hash) => !template(stratum, hash));
      const sameText = `${stratum}/${key}`;
      const first = exact.get(sameText);
      if (first !== undefined) join(first, place);
      else exact.set(sameText, place);
      sketches.push(own.length < FEWEST_SHINGLES ? undefined : sketch(own));
      const mine = sketches[place];
      if (!mine || first !== undefined) return;
      for (let band = 0; band < BANDS; band++) {
        const bucket = bandKey(mine.minima, band, stratum);
        const others = bands.get(bucket);
        if (!others) bands.set(bucket, [place]);
        else {
          const like = others.find((other) => isSimilar(sketches[other]?.least, mine.least));
          if (like !== undefined) join(like, place);
          else if (others.length < MOST_COMPARED) others.push(place);
        }
      }
    });
    return parents.map((_, place) => rootOf(place));
  }

  /** Whether a run is in so many of a stratum's requests that it is no request's own. */
  #findTemplates(): (stratum: number, hash: number) => boolean {
    // Counts share places by hash: a run that meets a frequent one is left out too, one of a million.
    const counts = new Uint32Array(1 << 20);
    const sizes = new Map<number, number>();
    const place = (stratum: number, hash: number) =>
      mix(hash ^ mix(stratum + 1)) & (counts.length - 1);
    for (const { stratum, hashes } of this.#words) {
      sizes.set(stratum, (sizes.get(stratum) ?? 0) + 1);
      for (const hash of hashes) {
        const at = place(stratum, hash);
        counts[at] = (counts[at] as number) + 1;
      }
    }
    return (stratum, hash) => {
      const most = Math.max(TEMPLATE_LEAST, TEMPLATE_SHARE * (sizes.get(stratum) ?? 0));
      return (counts[place(stratum, hash)] as number) > most;
    };
  }
}

/** A word, or one character of a script without spaces. */
const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}]+/gu;

/** Hashes of all runs of three words, each once, and one of the whole text. */
function shingles(text: string): { hashes: Uint32Array; key: number } {
  const found = new Set<number>();
  let [before, last, key] = [0, 0, 0];
  let words = 0;
  for (const [each] of text.matchAll(word)) {
    const hash = hashText(each);
    key = mix(key ^ hash) + words;
    if (words >= 2) found.add(mix(mix(before ^ 0x9e3779b9) ^ mix(last) ^ hash));
    [before, last] = [mix(last), hash];
    words += 1;
  }
  return { hashes: Uint32Array.from(found), key };
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** The finaliser of MurmurHash3, 32 bits (public domain). */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function sketch(hashes: Uint32Array): Sketched {
  const bins = BANDS * ROWS;
  const minima = new Uint32Array(bins).fill(0xffffffff);
  for (const hash of hashes) {
    const bin = hash % bins;
    if (hash < (minima[bin] as number)) minima[bin] = hash;
  }
  // An empty bin takes the value of the next one that is not (Shrivastava & Li, 2014).
  for (
    let bin = bins - 1, next = minima.find((each) => each !== 0xffffffff) ?? 0;
    bin >= 0;
    bin--
  ) {
    if (minima[bin] === 0xffffffff) minima[bin] = mix(next + bin);
    else next = minima[bin] as number;
  }
  return { least: hashes.toSorted().slice(0, SKETCH), minima };
}

function bandKey(minima: Uint32Array, band: number, stratum: number): number {
  let key = mix(stratum + 1);
  for (let row = 0; row < ROWS; row++) key = mix(key ^ (minima[band * ROWS + row] as number));
  // The band itself within 53 bits: bands never share a bucket.
  return key * BANDS + band;
}

/** Jaccard of two sets by their smallest hashes: exact where both have no more than a sketch holds. */
function isSimilar(a: Uint32Array | undefined, b: Uint32Array): boolean {
  if (!a) return false;
  let [i, j, shared, union] = [0, 0, 0, 0];
  const isWhole = a.length < SKETCH && b.length < SKETCH;
  const most = isWhole ? a.length + b.length : Math.min(SKETCH, Math.max(a.length, b.length));
  while (union < most && (i < a.length || j < b.length)) {
    const [one, other] = [a[i] ?? Infinity, b[j] ?? Infinity];
    union += 1;
    if (one === other) shared += 1;
    if (one <= other) i += 1;
    if (other <= one) j += 1;
  }
  return shared >= SIMILAR * union;
}
