/**
 * How a figure moved over the run: was it steady, and from when. It is kept in at most 64 slices of
 * equal time, which are joined two by two whenever the run outgrows them.
 */
export interface Trend {
  add(at: number, value: number): void;
  read(): Steadiness | undefined;
}

export interface Steadiness {
  /**
   * From here on the figure is steady; what came before is warm-up and should be left out. Absent
   * where it never settles in the first half of the run.
   */
  readonly steady_from_ms?: number;
  /** Mean of the last quarter of the time over the mean of the first quarter after the warm-up. */
  readonly drift: number;
  /** Whether the drift is more than chance makes of it (|t| above 3, Welch). */
  readonly drifting: boolean;
}

interface Slice {
  count: number;
  sum: number;
  squares: number;
}

const most = 64;
/** Below this a run is too short to say. */
const leastSlices = 8;
const leastValues = 100;
/** About one run in 400 is called drifting by chance. */
const chance = 3;

export function createTrend(): Trend {
  let slices: Slice[] = [];
  let width = 1_000;
  return {
    add(at, value) {
      while (at >= width * most) {
        slices = joinPairs(slices);
        width *= 2;
      }
      const index = Math.max(0, Math.floor(at / width));
      while (slices.length <= index) slices.push(emptySlice());
      const slice = slices[index];
      if (!slice) return;
      slice.count += 1;
      slice.sum += value;
      slice.squares += value * value;
    },
    read() {
      const total = slices.reduce(add, emptySlice());
      if (slices.length < leastSlices || total.count < leastValues) return undefined;
      const cut = warmUpSlices(slices);
      const rest = slices.slice(cut ?? 0);
      const quarter = Math.max(1, Math.floor(rest.length / 4));
      const first = rest.slice(0, quarter).reduce(add, emptySlice());
      const last = rest.slice(-quarter).reduce(add, emptySlice());
      return {
        ...(cut !== undefined && { steady_from_ms: cut * width }),
        drift: mean(last) / mean(first),
        drifting: Math.abs(welch(first, last)) > chance,
      };
    },
  };
}

const emptySlice = (): Slice => ({ count: 0, sum: 0, squares: 0 });

const add = (a: Slice, b: Slice): Slice => ({
  count: a.count + b.count,
  sum: a.sum + b.sum,
  squares: a.squares + b.squares,
});

function joinPairs(slices: readonly Slice[]): Slice[] {
  return Array.from({ length: Math.ceil(slices.length / 2) }, (_, index) =>
    add(slices[index * 2] ?? emptySlice(), slices[index * 2 + 1] ?? emptySlice()),
  );
}

/**
 * MSER (White, Simulation 69, 1997): the cut after which the standard error of the mean is least,
 * over the slices' means. A cut in the second half says that the run never settled.
 */
function warmUpSlices(slices: readonly Slice[]): number | undefined {
  const means = slices.filter((slice) => slice.count > 0).map(mean);
  let best = { cut: 0, error: Number.POSITIVE_INFINITY };
  // The last few would have the least error by being few.
  for (let cut = 0; cut <= means.length - leastSlices / 2; cut++) {
    const rest = means.slice(cut);
    const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
    const error = rest.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rest.length ** 2;
    if (error < best.error) best = { cut, error };
  }
  return best.cut <= means.length / 2 ? best.cut : undefined;
}

const mean = ({ sum, count }: Slice) => sum / count;

function welch(a: Slice, b: Slice): number {
  const error = Math.sqrt(variance(a) / a.count + variance(b) / b.count);
  const difference = mean(b) - mean(a);
  return error === 0 ? 0 : difference / error;
}

const variance = ({ count, sum, squares }: Slice) =>
  count < 2 ? 0 : Math.max(0, (squares - (sum * sum) / count) / (count - 1));
