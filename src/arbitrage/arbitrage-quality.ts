import { type OutcomeVector, targetVector, weightOf } from '../outcome/outcome-vector.ts';
import { type Category, micro, type OutcomeTable } from '../outcome/table.ts';
import { samplePairs } from '../statistics/paired-sample.ts';
import { type ExactTest, refuted, signTest } from '../statistics/sign-test.ts';
import { tangoInterval } from '../statistics/tango.ts';
import { answeredByBoth, findColumn } from './arbitrage-rows.ts';

/**
 * Quality of a route minus that of the reference, 0 to 1, with 95 % limits, over the requests that
 * both answered and that were scored for both.
 */
export interface RouteDifference {
  /** All requests together; absent where they hold several kinds of score, which have no common mean. */
  readonly whole?: PartDifference;
  /** By task and kind of score; empty where there is one such part only, which is the whole. */
  readonly parts: readonly PartDifference[];
}

interface Difference {
  readonly pairs: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface PartDifference extends Difference {
  /** Absent of all requests together, and of requests without a task. */
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
 * coin: the exact sign test. Over all routes and their parts at most `level` of error.
 */
export function compareRoutes(
  table: OutcomeTable,
  pairings: readonly Pairing[],
  level: number,
): ReadonlyMap<string, RouteDifference> {
  const compared = pairings.map((pairing) => comparedBy(table, pairing));
  const all = compared.flatMap(({ whole, parts }) => [...(whole ? [whole] : []), ...parts]);
  const differ = refuted(
    all.map(({ test }) => test),
    level,
  );
  const named = (each: Compared): PartDifference => {
    const { test, ...part } = each;
    return { ...part, p: test.p, differs: differ[all.indexOf(each)] === true };
  };
  return new Map(
    compared.map(({ target, whole, parts }) => [
      target,
      { ...(whole && { whole: named(whole) }), parts: parts.map(named) },
    ]),
  );
}

type Compared = Omit<PartDifference, 'p' | 'differs'> & { readonly test: ExactTest };

function comparedBy(table: OutcomeTable, pairing: Pairing) {
  const { target, reference } = pairing;
  const [one, other] = [findColumn(table, target), findColumn(table, reference)];
  const rows = answeredByBoth(one, other).filter(
    (row) => (one.quality[row] as number) >= 0 && (other.quality[row] as number) >= 0,
  );
  const vectors = pickVectors(table, pairing);
  const clusters = table.session ?? table.group;
  const over = (members: Int32Array): Compared => {
    const counts = betterAndWorse(vectors, members, clusters);
    const test = signTest(counts.better, counts.worse);
    return { ...differenceOver(vectors, { table, rows: members, clusters }), ...counts, test };
  };
  const { code, name, mixed } = groupParts(table);
  const groups = [...Map.groupBy(rows, code)].sort(([a], [b]) => a - b);
  const parts = groups.map(([part, members]): Compared => {
    return { ...name(part), ...over(Int32Array.from(members)) };
  });
  return {
    target,
    ...(!mixed && rows.length > 0 && { whole: over(rows) }),
    parts: mixed || parts.length > 1 ? parts : [],
  };
}

interface Vectors {
  readonly vector: OutcomeVector;
  readonly reference: OutcomeVector;
}

function pickVectors(table: OutcomeTable, { target, reference }: Pairing): Vectors {
  const [vector, other] = [target, reference].map((name) =>
    targetVector(table, table.targets.indexOf(name)),
  );
  if (!vector || !other) throw new RangeError('two routes have two vectors');
  return { vector, reference: other };
}

/** Rows by task and kind of score. */
function groupParts({ features, qualityKind }: OutcomeTable) {
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
  { vector, reference }: Vectors,
  rows: Int32Array,
  clusters: Category | undefined,
): { readonly better: number; readonly worse: number } {
  const sums = new Map<number | string, number>();
  for (const row of rows) {
    const key = toCluster(row, clusters);
    const change = (vector.quality[row] as number) - (reference.quality[row] as number);
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

/** Score limits, by sessions where there are any. */
function differenceOver(
  { vector, reference }: Vectors,
  { table, rows, clusters }: Asked,
): Difference {
  const value = Float64Array.from(
    rows,
    (row) => ((vector.quality[row] as number) - (reference.quality[row] as number)) / micro,
  );
  const weight = table.weight && Float64Array.from(rows, (row) => weightOf(table, row));
  const unit = clusters && numberUnits(rows, clusters);
  const sample = samplePairs({ value, ...(weight && { weight }), ...(unit && { unit }) });
  const { low, high } = tangoInterval(sample);
  return { pairs: rows.length, estimate: sample.difference, low, high };
}

function numberUnits(rows: Int32Array, clusters: Category): Int32Array {
  const codes = new Map<number | string, number>();
  return Int32Array.from(rows, (row) => {
    const key = toCluster(row, clusters);
    const code = codes.get(key) ?? codes.size;
    codes.set(key, code);
    return code;
  });
}

/** A request without a session is one by itself. */
function toCluster(row: number, clusters: Category | undefined): number | string {
  const code = clusters?.code[row] ?? -1;
  return code >= 0 ? `session ${code}` : row;
}
