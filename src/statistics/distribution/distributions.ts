/**
 * The six functions of three distributions that arb's intervals and tests stand on, to 12 significant
 * digits (11 at a million degrees of freedom); held in distributions.test.ts to values worked out to 40.
 */

const LN_SQRT_2PI = 0.9189385332046727;
/** A continued fraction or a series has ended where it changes by no more than this. */
const EPSILON = 1e-16;
/** Of Lentz's method, against a division by 0. */
const TINY = 1e-300;
const MOST_TERMS = 100_000;

/** P(X <= k) of a binomial count of n trials; by the incomplete beta function (DLMF 8.17.5). */
export function binomialCdf(k: number, n: number, p: number): number {
  const count = Math.floor(k);
  if (Number.isNaN(k + n + p) || p < 0 || p > 1 || n < 0) return Number.NaN;
  if (count < 0) return 0;
  if (count >= n) return 1;
  return regularizedBeta(1 - p, { a: n - count, b: count + 1, rest: p });
}

/** P(X <= x) of the standard normal, shifted and scaled. */
export function normalCdf(x: number, mean = 0, deviation = 1): number {
  const z = (x - mean) / deviation;
  if (Number.isNaN(z)) return Number.NaN;
  return z < 0 ? upperTail(-z) : 1 - upperTail(z);
}

/** The value that a normal variable is below with probability p. */
export function normalQuantile(p: number, mean = 0, deviation = 1): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0.5) return mean;
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // Abramowitz and Stegun 26.2.23 to 4.5e-4, then Halley's method on the tail.
  const t = Math.sqrt(-2 * Math.log(tail));
  let z =
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 4; step++) {
    const error = (upperTail(z) - tail) / Math.exp(-0.5 * z * z - LN_SQRT_2PI);
    z += error / (1 - 0.5 * z * error);
  }
  return mean + deviation * (p < 0.5 ? -z : z);
}

/**
 * P(T <= t) of Student's t with `freedom` degrees of freedom, a fraction too (DLMF 8.17).
 * @internal exported for tests and benches
 */
export function tCdf(t: number, freedom: number): number {
  if (Number.isNaN(t) || !(freedom > 0)) return Number.NaN;
  if (t === Number.POSITIVE_INFINITY) return 1;
  return t > 0 ? 1 - tTail(t, freedom) : tTail(-t, freedom);
}

/** P(T > t) for t >= 0. */
function tTail(t: number, freedom: number): number {
  const sum = freedom + t * t;
  return 0.5 * regularizedBeta(freedom / sum, { a: freedom / 2, b: 0.5, rest: (t * t) / sum });
}

/** The value that Student's t is below with probability p. */
export function tQuantile(p: number, freedom: number): number {
  if (!(p >= 0 && p <= 1) || !(freedom > 0)) return Number.NaN;
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // Of the two halves of the beta variable the one that is not close to 1.
  const inTail = tail < 0.25;
  const x = inTail
    ? betaQuantile(2 * tail, freedom / 2, 0.5)
    : betaQuantile(1 - 2 * tail, 0.5, freedom / 2);
  let t = Math.sqrt(inTail ? (freedom * (1 - x)) / x : (freedom * x) / (1 - x));
  // 1 - x has lost digits where there are many degrees of freedom.
  for (let step = 0; step < 2 && freedom > 100; step++) {
    const sum = freedom + t * t;
    const density = betaWeight((t * t) / sum, { a: 0.5, b: freedom / 2, rest: freedom / sum }) / t;
    t += (tTail(t, freedom) - tail) / density;
  }
  return p < 0.5 ? -t : t;
}

/** The value that a beta variable is below with probability p: Newton's method within a bracket. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1) || !(a > 0) || !(b > 0)) return Number.NaN;
  if (p === 0 || p === 1) return p;
  let [low, high] = [0, 1];
  let x = a / (a + b);
  for (let step = 0; step < 2_000; step++) {
    const at = { a, b, rest: 1 - x };
    const error = regularizedBeta(x, at) - p;
    if (error > 0) high = x;
    else low = x;
    const slope = betaWeight(x, at) / (x * (1 - x));
    const newton = x - error / slope;
    // In logarithms where it is close to 0, or a quantile of 1e-20 would take forever.
    const middle = low > 0 && high / low > 4 ? Math.sqrt(low * high) : (low + high) / 2;
    const next = newton > low && newton < high ? newton : low === 0 ? high / 16 : middle;
    if (Math.abs(next - x) <= 4e-16 * Math.abs(next) || next === 0) return next;
    x = next;
  }
  return x;
}

/** The shape of a beta variable, and 1 - x, which keeps its digits where x is close to 1. */
interface BetaShape {
  readonly a: number;
  readonly b: number;
  readonly rest: number;
}

/** I_x(a, b), by the continued fraction of DLMF 8.17.22 with Lentz's method. */
function regularizedBeta(x: number, { a, b, rest }: BetaShape): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaFraction(rest, { a: b, b: a, rest: x });
  return betaFraction(x, { a, b, rest });
}

function betaFraction(x: number, shape: BetaShape): number {
  const { a, b, rest } = shape;
  let c = 1;
  // 1 - (a + b) x / (a + 1), whose difference is small where x is close to 1.
  let d = 1 / nonZero((1 - b + (a + b) * rest) / (a + 1));
  let h = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) <= EPSILON * 4) break;
  }
  return (betaWeight(x, shape) * h) / a;
}

const nonZero = (value: number) => (Math.abs(value) < TINY ? TINY : value);

/**
 * x^a (1-x)^b / B(a, b) without the cancellation of large logarithms: as a binomial probability by its
 * deviance (Loader, "Fast and accurate computation of binomial probabilities", 2000).
 */
function betaWeight(x: number, { a, b, rest }: BetaShape): number {
  const n = a + b;
  const logarithm =
    stirlingError(n) -
    stirlingError(a) -
    stirlingError(b) -
    deviance(a, n * x) -
    deviance(b, n * rest);
  return Math.exp(logarithm) * Math.sqrt((a * b) / (2 * Math.PI * n));
}

/** a ln(a / m) + m - a, by a series where both are close. */
function deviance(a: number, m: number): number {
  if (Math.abs(a - m) >= 0.1 * (a + m)) return a * Math.log(a / m) + m - a;
  const v = (a - m) / (a + m);
  let sum = (a - m) * v;
  let term = 2 * a * v;
  for (let j = 1; j < 1_000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
  return sum;
}

/** ln Gamma(n + 1) less Stirling's formula: the series of DLMF 5.11.1, carried up where n is small. */
function stirlingError(n: number): number {
  if (n >= 16) {
    const square = 1 / (n * n);
    return (
      (1 / 12 -
        square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188))))) /
      n
    );
  }
  return stirlingError(n + 1) + (n + 0.5) * Math.log1p(1 / n) - 1;
}

/** P(Z > z) for z >= 0: a series up to 1.5, the continued fraction of Mills' ratio beyond. */
function upperTail(z: number): number {
  const density = Math.exp(-0.5 * z * z - LN_SQRT_2PI);
  if (z > 1.5) {
    let fraction = 0;
    for (let n = 400; n >= 1; n--) fraction = n / (z + fraction);
    return density / (z + fraction);
  }
  let sum = z;
  let term = z;
  for (let n = 3; term > EPSILON * sum; n += 2) {
    term *= (z * z) / n;
    sum += term;
  }
  return 0.5 - density * sum;
}
