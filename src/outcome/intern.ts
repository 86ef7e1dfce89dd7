/**
 * Gives each distinct byte string a small number, in order of first sight. Twenty million rows name
 * a million requests and twenty targets: a JavaScript string per mention would cost more than
 * everything else together.
 */
export class Interner {
  #size = 0;
  #slots = new Int32Array(256).fill(-1);
  #hashes = new Int32Array(128);
  #ends = new Uint32Array(128);
  #bytes = new Uint8Array(2048);

  get size(): number {
    return this.#size;
  }

  /** The number of `bytes[from, to)`, new or known. `hash` is `hashBytes` of the same range. */
  code(bytes: Uint8Array, from: number, to: number, hash = hashBytes(bytes, from, to)): number {
    const slot = this.#slotOf(bytes, from, to, hash);
    const known = this.#slots[slot] as number;
    return known >= 0 ? known : this.#insert(slot, bytes, from, to, hash);
  }

  /** The number of a known byte string, else -1. */
  find(bytes: Uint8Array, from: number, to: number, hash = hashBytes(bytes, from, to)): number {
    return this.#slots[this.#slotOf(bytes, from, to, hash)] as number;
  }

  codeOf(text: string): number {
    const bytes = Buffer.from(text, 'utf8');
    return this.code(bytes, 0, bytes.length);
  }

  text(code: number): string {
    return decoder.decode(this.#bytes.subarray(this.#start(code), this.#ends[code]));
  }

  /** 32 bits that depend on the text alone. */
  hash(code: number): number {
    return this.#hashes[code] as number;
  }

  texts(): string[] {
    return Array.from({ length: this.#size }, (_, code) => this.text(code));
  }

  #start(code: number): number {
    return code === 0 ? 0 : (this.#ends[code - 1] as number);
  }

  #slotOf(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = mixed(hash) & mask;
    for (;;) {
      const code = this.#slots[slot] as number;
      if (code < 0 || (this.#hashes[code] === hash && this.#equals(code, bytes, from, to))) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #equals(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#start(code);
    if ((this.#ends[code] as number) - start !== to - from) return false;
    for (let i = from, j = start; i < to; i++, j++) {
      if (bytes[i] !== this.#bytes[j]) return false;
    }
    return true;
  }

  #insert(slot: number, bytes: Uint8Array, from: number, to: number, hash: number): number {
    const code = this.#size++;
    const start = this.#start(code);
    const end = start + (to - from);
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, roomy(end));
    if (code >= this.#ends.length) {
      this.#ends = grown(this.#ends, roomy(code));
      this.#hashes = grown(this.#hashes, roomy(code));
    }
    for (let i = from, j = start; i < to; i++, j++) this.#bytes[j] = bytes[i] as number;
    this.#ends[code] = end;
    this.#hashes[code] = hash;
    this.#slots[slot] = code;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return code;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let code = 0; code < this.#size; code++) {
      let slot = mixed(this.#hashes[code] as number) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
    this.#slots = slots;
  }
}

const decoder = new TextDecoder();

/** FNV-1a, 32 bits: one multiplication a byte. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = hashStart;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), hashPrime);
  return hash;
}

export const hashStart = 0x811c9dc5 | 0;
export const hashPrime = 0x01000193;

/** Murmur3's finaliser: every bit of the input moves every bit of the output. */
export function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Half as much again, so that appending stays linear. */
function roomy(needed: number): number {
  return Math.ceil(needed * 1.5) + 1;
}

type Growable = Uint8Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** A copy with room for `needed`. */
export function grown<A extends Growable>(array: A, needed: number): A {
  const Kind = array.constructor as new (length: number) => A;
  const larger = new Kind(needed);
  larger.set(array);
  return larger;
}
