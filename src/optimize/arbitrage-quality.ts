import { type Category, micro, type OutcomeTable } from '../outcome/table.ts';
import { ratioInterval } from '../statistics/mean.ts';
import { refuted, signTest } from '../statistics/sign-test.ts';
import { tangoInterval } from '../statistics/tango.ts';
import { answeredByBoth, columnOf } from './arbitrage-rows.ts';
import { type Line, targetLine, weightOf } from './line.ts';
import { pairedOf } from './paired.ts';

/** Quality of a route minus that of the reference, 0 to 1, with 95 % limits. */
export interface RouteDifference extends Difference {
  /** By task; kinds of score are never averaged together, so each is a part of its own. */
  readonly parts: readonly PartDifference[];
}

/** Over the requests that both answered and that were scored for both. */
export interface Difference {
  readonly pairs: number;
  /** Absent where the pairs hold several kinds of score, which have no common mean. */
  readonly estimate?: number;
  readonly low?: number;
  readonly high?: number;
}

export interface PartDifference extends Difference {
  /** Absent where requests have no task. */
  readonly task?: string;
  /** Present where there are several. */
  readonly quality_kind?: string;
  /** Sessions, or requests where there are none, in which the route did better, and worse. */
  readonly better: number;
  readonly worse: number;
  /** Exact, two-sided, of this part alone. */
  readonly p: number;
  /** It is shown not to be the reference's, over all routes and tasks together. */
  readonly differs: boolean;
}

/** A route and what it is compared with. */
interface Pairing {
  readonly target: string;
  readonly reference: string;
}

/**
 * The differences of all pairings, by target. If a route serves the same model its answers are as
 * good as exchangeable with the reference's, so each request, or session, that differs is a fair
 * coin: the exact sign test. Over all routes and tasks at most `level` of error.
 */
export function compareRoutes(
  table: OutcomeTable,
  pairings: readonly Pairing[],
  level: number,
): ReadonlyMap<string, RouteDifference> {
  const partOf = partsOf(table);
  const clusters = table.session ?? table.group;
  const found = pairings.map((pairing) => {
    const [one, other] = [columnOf(table, pairing.target), columnOf(table, pairing.reference)];
    const rows = answeredByBoth(one, other).filter(
      (row) => (one.quality[row] as number) >= 0 && (other.quality[row] as number) >= 0,
    );
    const lines = linesOf(table, pairing);
    const parts = [...Map.groupBy(rows, partOf.code)]
      .sort(([a], [b]) => a - b)
      .map(([code, members]) => {
        const counts = betterAndWorse(lines, members, clusters);
        const test = signTest(counts.better, counts.worse);
        const asked = { table, rows: Int32Array.from(members), clusters };
        return { test, ...partOf.name(code), ...differenceOver(lines, asked), ...counts };
      });
    const whole = partOf.mixed
      ? { pairs: rows.length }
      : differenceOver(lines, { table, rows, clusters });
    return { target: pairing.target, whole, parts };
  });
  const decided = refuted(
    found.flatMap(({ parts }) => parts.map(({ test }) => test)),
    level,
  ).values();
  return new Map(
    found.map(({ target, whole, parts }) => {
      const named = parts.map(
        ({ test, ...part }): PartDifference => ({
          ...part,
          p: test.p,
          differs: decided.next().value === true,
        }),
      );
      return [target, { ...whole, parts: named }];
    }),
  );
}

interface Lines {
  readonly line: Line;
  readonly reference: Line;
}

function linesOf(table: OutcomeTable, { target, reference }: Pairing): Lines {
  const [line, other] = [target, reference].map((name) =>
    targetLine(table, table.targets.indexOf(name)),
  );
  if (!line || !other) throw new RangeError('two routes have two lines');
  return { line, reference: other };
}

/** Rows by task and kind of score. */
function partsOf({ features, qualityKind }: OutcomeTable) {
  const task = features.get('task');
  const kinds = qualityKind?.values.length ?? 0;
  const mixed = kinds > 1;
  const codeIn = (category: Category | undefined, row: number) => (category?.code[row] ?? -1) + 1;
  return {
    mixed,
    code: (row: number) => codeIn(task, row) * (kinds + 1) + codeIn(qualityKind, row),
    name(code: number) {
      const [taskName, kind] = [
        task?.values[Math.floor(code / (kinds + 1)) - 1],
        qualityKind?.values[(code % (kinds + 1)) - 1],
      ];
      return {
        ...(taskName !== undefined && { task: taskName }),
        ...(mixed && kind !== undefined && { quality_kind: kind }),
      };
    },
  };
}

/** Requests of one session stand or fall together: each session counts once, by its sum. */
function betterAndWorse(
  { line, reference }: Lines,
  rows: readonly number[],
  clusters: Category | undefined,
): { readonly better: number; readonly worse: number } {
  const sums = new Map<number | string, number>();
  for (const row of rows) {
    const key = clusterOf(row, clusters);
    const change = (line.quality[row] as number) - (reference.quality[row] as number);
    sums.set(key, (sums.get(key) ?? 0) + change);
  }
  const all = [...sums.values()];
  return {
    better: all.filter((sum) => sum > 0).length,
    worse: all.filter((sum) => sum < 0).length,
  };
}

interface Asked {
  readonly table: OutcomeTable;
  readonly rows: Int32Array;
  readonly clusters: Category | undefined;
}

/** Tango's limits where requests are independent, else those of a ratio over sessions. */
function differenceOver({ line, reference }: Lines, { table, rows, clusters }: Asked): Difference {
  const pairs = rows.length;
  if (pairs === 0) return { pairs };
  if (!clusters) {
    const compared = pairedOf(table, line, reference, rows);
    return { pairs, estimate: compared.difference, ...tangoInterval(compared) };
  }
  const members = [...Map.groupBy(rows, (row) => clusterOf(row, clusters)).values()];
  const sums = (of: (row: number) => number) =>
    Float64Array.from(members, (each) => each.reduce((sum, row) => sum + of(row), 0));
  const change = (row: number) =>
    ((line.quality[row] as number) - (reference.quality[row] as number)) / micro;
  const { ratio, low, high } = ratioInterval(
    sums((row) => weightOf(table, row) * change(row)),
    sums((row) => weightOf(table, row)),
  );
  return { pairs, estimate: ratio, low: Math.max(-1, low), high: Math.min(1, high) };
}

/** A request without a session is one by itself. */
function clusterOf(row: number, clusters: Category | undefined): number | string {
  const code = clusters?.code[row] ?? -1;
  return code >= 0 ? `session ${code}` : row;
}
