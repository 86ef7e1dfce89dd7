import { toCategory } from './category.ts';
import { grown, hashBytes, Interner, mixed } from './intern.ts';
import type { Dictionaries, RawRow } from './scan.ts';
import {
  type Category,
  type OutcomeTable,
  picked,
  type TableFault,
  type TargetColumn,
} from './table.ts';
import { Tally } from './tally.ts';

/** Twenty targets times a million rows: half as much again would be half a gigabyte of slack. */
const growth = 1.25;

type FeatureValue = string | number | boolean | null;

/** Collects rows in any order, averages passes, notices what contradicts itself; yields a table. */
export class Gatherer {
  readonly #names: Dictionaries;
  #capacity = 1024;
  readonly #tallies: Tally[] = [];
  #inputTokens = new Int32Array(this.#capacity).fill(-1);
  #weight = new Float64Array(this.#capacity);
  #weighted = false;
  #featuresSeen = new Int32Array(this.#capacity);
  /** Of the bytes last asked about; 0 = none. */
  #featuresHash = 0;
  /** 1 = has a row: a name may be known from a line that was then refused. */
  #present = new Uint8Array(this.#capacity);
  readonly #codes = new Map<string, Int32Array>();
  readonly #values: Map<string, Interner>;
  readonly #conflicts = new Map<string, { count: number; row: number }>();
  readonly #faults: TableFault[] = [];

  constructor(names: Dictionaries) {
    this.#names = names;
    this.#values = new Map([
      ['task', names.task],
      ['/session', names.session],
      ['/group', names.group],
      ['/kind', names.kind],
    ]);
  }

  /** Rows of another file are further passes over the same requests, not duplicates. */
  nextFile(): void {
    for (const tally of this.#tallies) tally.nextFile();
  }

  note(fault: TableFault): void {
    this.#faults.push(fault);
  }

  add(row: RawRow): void {
    const { request, target } = row;
    if (request >= this.#capacity) this.#grow(request + 1);
    while (target >= this.#tallies.length)
      this.#tallies.push(new Tally(this.#capacity, this.#names.unknown));
    (this.#tallies[target] as Tally).add(row);
    this.#present[request] = 1;
    if (row.input_tokens >= 0) this.#tokens(request, Math.ceil(row.input_tokens));
    if (row.task >= 0) this.#set('task', request, row.task);
    if (row.session >= 0) this.#set('/session', request, row.session);
    if (row.group >= 0) this.#set('/group', request, row.group);
    if (row.kind >= 0) this.#set('/kind', request, row.kind);
    if (row.weight > 0) {
      if (row.weight !== 1) this.#weighted = true;
      const known = this.#weight[request] as number;
      if (known > 0 && known !== row.weight) this.#conflict('weight', request);
      this.#weight[request] = Math.max(known, row.weight);
    }
  }

  /** True where the features of this request are known from the same bytes. */
  knowsFeatures(request: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (request >= this.#capacity) this.#grow(request + 1);
    this.#featuresHash = hashBytes(bytes, from, to) | 1;
    return this.#featuresSeen[request] === this.#featuresHash;
  }

  addFeatures(request: number, features: Readonly<Record<string, FeatureValue>>): void {
    this.#featuresSeen[request] = this.#featuresHash;
    this.#featuresHash = 0;
    for (const [key, value] of Object.entries(features)) {
      if (value === null) continue;
      if (key === 'input_tokens') this.#tokens(request, Math.ceil(Number(value)));
      else this.#set(key, request, this.#dictionary(key).codeOf(String(value)));
    }
  }

  finish(): OutcomeTable {
    const order = canonicalOrder(this.#names, this.#present);
    const rows = order.length;
    const targets = this.#names.target.texts();
    const byName = targets.map((_, code) => code).sort((a, b) => compare(targets[a], targets[b]));
    const columns = byName.map((code): TargetColumn => {
      const tally = this.#tallies[code] as Tally;
      this.#faultsOf(tally, targets[code] ?? '');
      // Its arrays are as large as the column's: they go before the next column is made.
      this.#tallies[code] = new Tally(0, this.#names.unknown);
      return tally.column(order);
    });
    const [session, group, qualityKind] = ['/session', '/group', '/kind'].map((key) =>
      this.#category(key, order),
    );
    const names = this.#names.request;
    return {
      rows,
      targets: byName.map((code) => targets[code] ?? ''),
      columns,
      inputTokens: picked(this.#inputTokens, order),
      ...(this.#weighted && {
        weight: picked(this.#weight, order).map((weight) => (weight > 0 ? weight : 1)),
      }),
      features: this.#features(order),
      ...(session && { session }),
      ...(group && { group }),
      ...(qualityKind && { qualityKind }),
      requests: {
        name: (row) => names.text(order[row] ?? 0),
        hash: (row) => names.hash(order[row] ?? 0),
      },
      fingerprint: fingerprint(this.#names, order),
      faults: [...this.#faults, ...this.#featureFaults()],
    };
  }

  #features(order: Int32Array): ReadonlyMap<string, Category> {
    const keys = [...this.#codes.keys()].filter((key) => !key.startsWith('/')).sort(compare);
    return new Map(keys.map((key) => [key, this.#category(key, order) as Category]));
  }

  #category(key: string, order: Int32Array): Category | undefined {
    const codes = this.#codes.get(key);
    return codes && toCategory(this.#dictionary(key), codes, order);
  }

  #faultsOf(tally: Tally, target: string): void {
    for (const [kind, found] of [
      ['duplicate', tally.duplicates],
      ['contradiction', tally.contradictions],
    ] as const) {
      if (found.count === 0) continue;
      const example = this.#names.request.text(found.request);
      this.#faults.push({ kind, target, count: found.count, example });
    }
  }

  #featureFaults(): TableFault[] {
    return [...this.#conflicts]
      .sort(([a], [b]) => compare(a, b))
      .map(([feature, { count, row }]) => ({
        kind: 'feature-conflict',
        feature: feature.replace('/', ''),
        count,
        example: this.#names.request.text(row),
      }));
  }

  #dictionary(key: string): Interner {
    let values = this.#values.get(key);
    if (!values) {
      values = new Interner();
      this.#values.set(key, values);
    }
    return values;
  }

  #set(key: string, request: number, code: number): void {
    let codes = this.#codes.get(key);
    if (!codes) {
      codes = new Int32Array(this.#capacity).fill(-1);
      this.#codes.set(key, codes);
    }
    const known = codes[request] as number;
    if (known === code) return;
    if (known >= 0) this.#conflict(key, request);
    const values = this.#dictionary(key);
    if (known < 0 || values.text(code) < values.text(known)) codes[request] = code;
  }

  #tokens(request: number, tokens: number): void {
    const known = this.#inputTokens[request] as number;
    if (known === tokens || !(tokens >= 0)) return;
    if (known >= 0) this.#conflict('input_tokens', request);
    this.#inputTokens[request] = Math.max(known, tokens);
  }

  #conflict(feature: string, row: number): void {
    const found = this.#conflicts.get(feature);
    // The example is the least name, so that it does not depend on the order of the lines.
    const names = this.#names.request;
    const example = found && names.text(found.row) < names.text(row) ? found.row : row;
    this.#conflicts.set(feature, { count: (found?.count ?? 0) + 1, row: example });
  }

  #grow(needed: number): void {
    this.#capacity = Math.max(needed, Math.ceil(this.#capacity * growth));
    const from = this.#inputTokens.length;
    this.#inputTokens = grown(this.#inputTokens, this.#capacity).fill(-1, from);
    this.#weight = grown(this.#weight, this.#capacity);
    this.#featuresSeen = grown(this.#featuresSeen, this.#capacity);
    this.#present = grown(this.#present, this.#capacity);
    for (const [key, codes] of this.#codes) {
      this.#codes.set(key, grown(codes, this.#capacity).fill(-1, from));
    }
    for (const tally of this.#tallies) tally.grow(this.#capacity);
  }
}

/** Rows ordered by a hash of their request's name, then by the name itself. */
function canonicalOrder(names: Dictionaries, present: Uint8Array): Int32Array {
  const rows = present.reduce((count, here) => count + here, 0);
  const bits = Math.ceil(Math.log2(names.request.size + 1));
  const keyed = new Float64Array(rows);
  // 32 bits of hash and up to 21 of row fit a double; larger tables lose hash bits, not rows.
  const shift = 2 ** Math.max(0, bits - 21);
  const scale = 2 ** bits;
  let filled = 0;
  for (let row = 0; row < names.request.size; row++) {
    if (present[row] === 0) continue;
    keyed[filled++] = Math.floor(mixed(names.request.hash(row)) / shift) * scale + row;
  }
  keyed.sort();
  const order = Int32Array.from(keyed, (key) => key % scale);
  const bucket = (at: number) => Math.floor((keyed[at] as number) / scale);
  for (let from = 0; from < rows; ) {
    let to = from + 1;
    while (to < rows && bucket(to) === bucket(from)) to++;
    if (to - from > 1) {
      const text = (row: number) => names.request.text(row);
      order.set(
        [...order.subarray(from, to)].sort((a, b) => compare(text(a), text(b))),
        from,
      );
    }
    from = to;
  }
  return order;
}

/** A sum of the hashes: the same whatever the order of the requests. */
function fingerprint(names: Dictionaries, order: Int32Array): string {
  let low = 0;
  let high = order.length;
  for (const row of order) {
    const hash = names.request.hash(row);
    low = (low + mixed(hash)) >>> 0;
    high = (high + mixed(hash ^ 0x5bd1e995)) >>> 0;
  }
  return [high, low].map((word) => word.toString(16).padStart(8, '0')).join('');
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
