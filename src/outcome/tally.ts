import { toCategory } from './category.ts';
import { grown, type Interner } from './intern.ts';
import type { RawRow } from './scan.ts';
import { micro, picked, statuses, type TargetColumn } from './table.ts';

interface Found {
  count: number;
  /** Row of one of them, for an example. */
  request: number;
}

const rareKinds = ['failed', 'skipped', 'unjudged', 'unpriced'] as const;
type Rare = (typeof rareKinds)[number];

/** What one target did so far, request by request: sums over passes. */
export class Tally {
  readonly duplicates: Found = { count: 0, request: -1 };
  readonly contradictions: Found = { count: 0, request: -1 };
  #capacity: number;
  #cost: Float64Array;
  #quality: Int32Array;
  #passes: Uint8Array;
  /** Bit p = pass p of this file was seen; bit 0 = contradicted. Wider once a pass needs it. */
  #seen: Uint8Array | Int32Array;
  /** Passes that were not like most: made when the first one comes, for most tables have none. */
  readonly #rare: { [kind in Rare]?: Uint8Array } = {};
  #latency: Float32Array[] = [];
  #ttft: Float32Array[] = [];
  #sent: Float64Array | undefined;
  readonly #fields: Interner;
  /** Number in `#fields` of why the cost of a request is not known, -1 = known. Made when needed. */
  #unknown: Int32Array | undefined;
  #rounded = 0;
  #empty = 0;
  #emptyPraised = 0;

  /** `fields` names what may keep a cost from being known. */
  constructor(capacity: number, fields: Interner) {
    this.#capacity = capacity;
    this.#fields = fields;
    this.#cost = new Float64Array(capacity);
    this.#quality = new Int32Array(capacity);
    this.#passes = new Uint8Array(capacity);
    this.#seen = new Uint8Array(capacity);
  }

  nextFile(): void {
    this.#seen.fill(0);
  }

  add(row: RawRow): void {
    const at = row.request;
    const failed = row.status === statuses.failed;
    const skipped = row.status === statuses.skipped;
    const cost = Math.round(row.cost_usd * 1e9);
    const quality = failed ? 0 : this.#onGrid(row.quality);
    const pass = this.#passes[at] as number;
    if (pass === 255) throw new RangeError('more than 255 passes over one request');
    this.#checkSeen(row, cost, quality);
    this.#passes[at] = pass + 1;
    if (cost >= 0) add(this.#cost, at, cost);
    else this.#count('unpriced', at);
    if (row.unknown >= 0) this.#doubt(at, row.unknown);
    if (skipped) {
      this.#count('skipped', at);
      this.#count('unjudged', at);
      return;
    }
    if (quality >= 0) add(this.#quality, at, quality);
    else this.#count('unjudged', at);
    if (row.sent_ms >= 0 && pass === 0) this.#send(at, row.sent_ms);
    if (failed) this.#count('failed', at);
    else if (row.output_tokens === 0) {
      this.#empty++;
      if (quality > 0) this.#emptyPraised++;
    }
    const slot = pass - this.#countOf('skipped', at);
    this.#latency = this.#time(this.#latency, at, slot, failed ? Infinity : row.latency_ms);
    this.#ttft = this.#time(this.#ttft, at, slot, failed ? Infinity : row.ttft_ms);
  }

  grow(capacity: number): void {
    this.#capacity = capacity;
    this.#cost = grown(this.#cost, capacity);
    this.#quality = grown(this.#quality, capacity);
    this.#passes = grown(this.#passes, capacity);
    this.#seen = grown(this.#seen, capacity);
    for (const kind of rareKinds) {
      const counts = this.#rare[kind];
      if (counts) this.#rare[kind] = grown(counts, capacity);
    }
    const times = (pass: Float32Array) => grown(pass, capacity).fill(Number.NaN, pass.length);
    this.#latency = this.#latency.map(times);
    this.#ttft = this.#ttft.map(times);
    const unknown = this.#unknown;
    if (unknown) this.#unknown = grown(unknown, capacity).fill(-1, unknown.length);
    const sent = this.#sent;
    if (sent) this.#sent = grown(sent, capacity).fill(Number.NaN, sent.length);
  }

  /** The finished column, its rows in `order`. Nothing can be added afterwards. */
  column(order: Int32Array): TargetColumn {
    const rows = order.length;
    const status = new Uint8Array(rows);
    const cost = new Float64Array(rows).fill(Number.NaN);
    const quality = new Int32Array(rows);
    const counts = {
      measured: 0,
      passes: 0,
      failedPasses: 0,
      skipped: 0,
      unjudged: 0,
      unpriced: 0,
      empty: this.#empty,
      emptyPraised: this.#emptyPraised,
    };
    let rounded = this.#rounded;
    for (let row = 0; row < rows; row++) {
      const at = order[row] as number;
      const passes = this.#passes[at] as number;
      if (passes === 0) continue;
      const sent = passes - this.#countOf('skipped', at);
      const failed = this.#countOf('failed', at);
      const judged = passes - this.#countOf('unjudged', at);
      const priced = passes - this.#countOf('unpriced', at);
      counts.measured++;
      counts.passes += sent;
      counts.failedPasses += failed;
      if (sent === 0) {
        counts.skipped++;
        status[row] = statuses.skipped;
        continue;
      }
      status[row] = failed === sent ? statuses.failed : statuses.ok;
      if (priced > 0) cost[row] = Math.round((this.#cost[at] as number) / priced);
      else counts.unpriced++;
      if (judged > 0) {
        quality[row] = Math.floor((this.#quality[at] as number) / judged);
        if ((this.#quality[at] as number) % judged !== 0) rounded++;
      } else {
        quality[row] = -1;
        counts.unjudged++;
      }
    }
    const ordered = (pass: Float32Array) => picked(pass, order);
    const times = { latency: this.#latency.map(ordered), ttft: this.#ttft.map(ordered) };
    const sent = this.#sent && picked(this.#sent, order);
    const unknown = this.#unknown && toCategory(this.#fields, this.#unknown, order);
    return {
      status,
      cost,
      ...(unknown && { unknown }),
      quality,
      rounded,
      ...times,
      ...(sent && { sent }),
      counts,
    };
  }

  /** Of several passes the least name stays, so that the order of the lines does not matter. */
  #doubt(at: number, field: number): void {
    this.#unknown ??= new Int32Array(this.#capacity).fill(-1);
    const known = this.#unknown[at] as number;
    const isLess = known < 0 || this.#fields.text(field) < this.#fields.text(known);
    if (known !== field && isLess) this.#unknown[at] = field;
  }

  #send(at: number, value: number): void {
    this.#sent ??= new Float64Array(this.#capacity).fill(Number.NaN);
    this.#sent[at] = value;
  }

  #count(kind: Rare, at: number): void {
    let counts = this.#rare[kind];
    if (!counts) {
      counts = new Uint8Array(this.#capacity);
      this.#rare[kind] = counts;
    }
    add(counts, at, 1);
  }

  #countOf(kind: Rare, at: number): number {
    const counts = this.#rare[kind];
    return counts ? (counts[at] as number) : 0;
  }

  /** Tells another pass from a line that was there before, and that from one that says otherwise. */
  #checkSeen(row: RawRow, cost: number, quality: number): void {
    const at = row.request;
    if (row.pass > 7 && this.#seen instanceof Uint8Array) this.#seen = Int32Array.from(this.#seen);
    const bit = 1 << row.pass;
    const seen = this.#seen[at] as number;
    this.#seen[at] = seen | bit;
    if ((seen & bit) === 0) return;
    const found = this.#agrees(at, row, cost, quality) ? this.duplicates : this.contradictions;
    if (found === this.contradictions) {
      if (seen & 1) return;
      this.#seen[at] = seen | 1;
    }
    found.count++;
    found.request = at;
  }

  /** Whether a repeated line says what was said before, on average over the passes so far. */
  #agrees(at: number, row: RawRow, cost: number, quality: number): boolean {
    const passes = this.#passes[at] as number;
    const priced = passes - this.#countOf('unpriced', at);
    const judged = passes - this.#countOf('unjudged', at);
    return (
      (row.status === statuses.failed) === this.#countOf('failed', at) > 0 &&
      (row.status === statuses.skipped) === this.#countOf('skipped', at) > 0 &&
      (priced > 0 ? this.#cost[at] === cost * priced : !(cost >= 0)) &&
      (judged > 0 ? this.#quality[at] === quality * judged : quality < 0)
    );
  }

  #onGrid(quality: number): number {
    if (!(quality >= 0)) return -1;
    const scaled = quality * micro;
    const nearest = Math.round(scaled);
    // A decimal such as 0.29 is a hair off its grid point in binary; a third is half a step off.
    if (Math.abs(scaled - nearest) < 1e-6) return nearest;
    this.#rounded++;
    return Math.floor(scaled);
  }

  #time(columns: Float32Array[], at: number, slot: number, value: number): Float32Array[] {
    if (Number.isNaN(value) || (value === Infinity && columns.length === 0)) return columns;
    while (columns.length <= slot) {
      columns.push(new Float32Array(this.#capacity).fill(Number.NaN));
    }
    (columns[slot] as Float32Array)[at] = value;
    return columns;
  }
}

function add(array: Float64Array | Int32Array | Uint8Array, at: number, amount: number): void {
  array[at] = (array[at] as number) + amount;
}
