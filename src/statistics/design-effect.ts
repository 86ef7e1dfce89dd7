/** Values by row, in units that stand or fall together (Kish, Survey Sampling, 1965, chapter 8). */
export interface Grouped {
  readonly value: Float64Array;
  /** Weight of each row; absent = 1. */
  readonly weight?: Float64Array;
  /** Unit of each row, numbered from 0 with gaps allowed; absent = each row is a unit. */
  readonly unit?: Int32Array;
}

/** A weighted mean, and how many independent rows it is worth. */
export interface Design {
  readonly mean: number;
  /** Effective number of rows, (sum w)^2 / sum w^2. */
  readonly n: number;
  /** Effective number of units, by the weight of each. */
  readonly units: number;
  /** How many times the variance of the mean is that of `n` independent rows; at least 1. */
  readonly designEffect: number;
}

/**
 * The design effect with one more unit added that differs from the mean by 1 throughout: where all
 * seen units agree, a rare unit that is lost as a whole was not seen, and the plain design effect
 * would be 1. The unit added is as large as the unit of a random row, and as the heaviest row.
 */
export function measureDesign({ value, weight, unit }: Grouped): Design {
  let [total, squares, sum, heaviest] = [0, 0, 0, 0];
  for (let row = 0; row < value.length; row++) {
    const w = weight ? (weight[row] as number) : 1;
    total += w;
    squares += w * w;
    sum += w * (value[row] as number);
    if (w > heaviest) heaviest = w;
  }
  if (total === 0) return { mean: 0, n: 0, units: 0, designEffect: 1 };
  const mean = sum / total;
  const n = (total * total) / squares;
  if (!weight && !unit) return { mean, n, units: n, designEffect: 1 };
  let [within, between, sizes] = [0, 0, 0];
  const count = unit ? unit.reduce((most, code) => Math.max(most, code), -1) + 1 : value.length;
  const size = new Float64Array(count);
  const excess = new Float64Array(count);
  for (let row = 0; row < value.length; row++) {
    const w = weight ? (weight[row] as number) : 1;
    const off = (value[row] as number) - mean;
    const at = unit ? (unit[row] as number) : row;
    within += w * off * off;
    size[at] = (size[at] as number) + w;
    excess[at] = (excess[at] as number) + w * off;
  }
  for (let at = 0; at < count; at++) {
    between += (excess[at] as number) ** 2;
    sizes += (size[at] as number) ** 2;
  }
  const added = Math.max(sizes / total, heaviest);
  const alone = ((within + added) * squares) / total;
  return {
    mean,
    n,
    units: (total * total) / sizes,
    designEffect: Math.max(1, (between + added * added) / alone),
  };
}
