import { binomialCdf } from './distribution/distributions.ts';

/** A test of one hypothesis: its p, and the smallest p that its data could have given at all. */
export interface ExactTest {
  readonly p: number;
  readonly least: number;
}

/**
 * Two-sided exact p of "both ways are equally often the better one", where `gains` pairs went up and
 * `losses` went down: McNemar's test in its exact form (Psychometrika 12, 1947), which for pairs of
 * any scores is the sign test. Pairs that are equal say nothing, and cost nothing.
 */
export function signTest(gains: number, losses: number): ExactTest {
  const n = gains + losses;
  if (n === 0) return { p: 1, least: 1 };
  return {
    p: Math.min(1, 2 * binomialCdf(Math.min(gains, losses), n, 0.5)),
    least: Math.min(1, 2 * 0.5 ** n),
  };
}

/**
 * Which of several hypotheses are refuted with at most `level` of error over all of them. Tests that
 * could not have refuted anything are left out of the count, as their data alone decide (Tarone,
 * Biometrics 46, 1990); the others are stepped down after Holm (Scandinavian Journal of Statistics 6,
 * 1979).
 */
export function refuted(tests: readonly ExactTest[], level: number): boolean[] {
  const able = (count: number) => tests.filter(({ least }) => least <= level / count).length;
  let count = 1;
  while (able(count) > count) count += 1;
  const ranked = [...tests.keys()]
    .filter((index) => (tests[index]?.least ?? 1) <= level / count)
    .sort((a, b) => (tests[a]?.p ?? 1) - (tests[b]?.p ?? 1));
  const stop = ranked.findIndex(
    (index, rank) => (tests[index]?.p ?? 1) > level / (ranked.length - rank),
  );
  const found = new Set(stop < 0 ? ranked : ranked.slice(0, stop));
  return tests.map((_, index) => found.has(index));
}
