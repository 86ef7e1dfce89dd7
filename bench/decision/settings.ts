import type { RecommendOptions } from '../../src/optimize/problem/options.ts';
import type { Recommendation } from '../../src/optimize/recommendation.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import {
  correlated,
  createTable,
  drawSessions,
  type TargetPopulation,
  type Uniform,
  uniform,
} from './table.ts';

/** A population whose truth lies just beyond what may be certified. */
export interface AdversarialPopulation {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Shown, and not judged: the certificate says that it does not cover this. */
  readonly outside?: boolean;
  draw(rows: number, seed: number): PopulationDraw;
}

export interface PopulationDraw {
  readonly table: OutcomeTable;
  readonly options: RecommendOptions;
  /** Whether what was certified is false. */
  broken(found: Recommendation): boolean;
}

/** A hair beyond the limit, so that what is certified of it is false. */
const beyond = 1e-9;
const strong = { name: 'strong', cost: 0.01 };
const weak = { name: 'weak', cost: 0.003 };
const sized = [100, 400, 2_000];
const long = [200, 400, 800, 2_000];

/** The true change of those that follow, by what the rules say; `loss` is that of the weak target. */
function breaks(
  found: Recommendation,
  { margin, loss }: { readonly margin: number; readonly loss: number },
): boolean {
  const { certificate, rules } = found;
  const share = certificate?.arm?.share ?? 1;
  const followed = rules.some(({ use }) => use !== 'strong');
  if (!followed) return false;
  const allowed = share < 1 ? Math.min(margin / share, Math.max(0.1, 2 * margin)) : margin;
  return loss >= allowed;
}

interface Pairing {
  readonly margin: number;
  readonly gain?: number;
  /** True loss of the weak target; just beyond the margin unless said. */
  readonly loss?: number;
}

/** -1, 0 or 1 by row: the weak target against the strong one. */
function change({ margin, gain = 0, loss = margin + beyond }: Pairing, u: Uniform): () => number {
  return () => {
    const x = u();
    return x < loss + gain ? -1 : x < loss + 2 * gain ? 1 : 0;
  };
}

/** The strong target is right where the weak one loses, and wrong where it gains. */
function columns(changes: readonly number[], u: Uniform): TargetPopulation[] {
  const right = changes.map((d) => (d < 0 ? 1 : d > 0 ? 0 : u() < 0.85 ? 1 : 0));
  return [
    { ...strong, quality: (row) => right[row] ?? 0 },
    { ...weak, quality: (row) => (right[row] ?? 0) + (changes[row] ?? 0) },
  ];
}

const asked = (margin: number): RecommendOptions => ({
  by: ['task'],
  floor: `baseline-${margin}`,
  baseline: 'strong',
});

function boundary(margin: number, gain: number): AdversarialPopulation {
  return {
    name: `boundary ${margin}, gains ${gain}`,
    sizes: sized,
    draw(rows, seed) {
      const u = uniform(seed);
      const draw = change({ margin, gain }, u);
      const changes = Array.from({ length: rows }, draw);
      return {
        table: createTable({ rows, seed, columns: columns(changes, u) }),
        options: asked(margin),
        broken: (found) => breaks(found, { margin, loss: margin + beyond }),
      };
    },
  };
}

interface Sessions {
  readonly sizes: readonly [number, number];
  readonly icc: number;
  readonly margin?: number;
  readonly loss?: number;
  readonly gain?: number;
  readonly rows?: readonly number[];
  readonly weighted?: boolean;
  readonly label?: string;
}

function inSessions({
  sizes,
  icc,
  margin = 0.05,
  loss,
  gain = 0,
  rows: counts,
  weighted = false,
  label = '',
}: Sessions): AdversarialPopulation {
  const truth = loss ?? margin + beyond;
  return {
    name: `${label}sessions ${sizes.join('-')}, ICC ${icc}${gain ? `, gains ${gain}` : ''}`,
    sizes: counts ?? [150, 600, 2_400],
    draw(rows, seed) {
      const u = uniform(seed);
      const session = drawSessions(rows, sizes, u);
      const draw = change({ margin, gain, loss: truth }, u);
      const changes = correlated(session, icc, { u, draw });
      const weights = Array.from({ length: rows }, () => (1 - u()) ** (-1 / 2.5));
      return {
        table: createTable({
          rows,
          seed,
          session,
          columns: columns(changes, u),
          ...(weighted && { weight: (row: number) => weights[row] ?? 1 }),
        }),
        options: asked(margin),
        broken: (found) => breaks(found, { margin, loss: truth }),
      };
    },
  };
}

/** Slow requests at the limit of p95, the quality of both targets equal. */
function slow(
  kind: 'independent' | 'sessions' | 'weights' | 'bursts' | 'sessions-weights',
): AdversarialPopulation {
  return {
    name: `SLO at the limit, ${kind}`,
    sizes: kind === 'bursts' ? [4_000] : long,
    draw(rows, seed) {
      const u = uniform(seed);
      const limit = 0.05 + beyond;
      const grouped = kind === 'sessions' || kind === 'sessions-weights';
      const session = grouped ? drawSessions(rows, [10, 10], u) : undefined;
      // Slow rows weigh 3: 3 % of rows are then 8.5 % of the traffic.
      const heavy = kind === 'weights' || kind === 'sessions-weights';
      const share = heavy ? limit / (3 - 2 * limit) : limit;
      const draw = () => u() < share;
      const late = session
        ? correlated(session, 1, { u, draw })
        : kind === 'bursts'
          ? outages(rows, { share: limit, length: 40, u })
          : Array.from({ length: rows }, draw);
      const times = late.map((is) => (is ? 2_000 + 8_000 / (1 - u()) : 100 + 800 * u()));
      return {
        table: createTable({
          rows,
          seed,
          ...(session && { session }),
          ...(heavy && { weight: (row: number) => (late[row] ? 3 : 1) }),
          ...(kind === 'bursts' && { sent: (row: number) => 100 * row }),
          columns: [
            { ...strong, quality: () => 1, latency: () => 500 },
            { ...weak, quality: () => 1, latency: (row) => times[row] ?? 0 },
          ],
        }),
        options: { ...asked(0.05), slos: [{ metric: 'latency_ms', atMost: 1_000, share: 0.95 }] },
        broken: ({ certificate, rules }) =>
          rules.some(({ use }) => use !== 'strong') && (certificate?.arm?.share ?? 1) === 1,
      };
    },
  };
}

/** True for runs of `length` rows in time, so that `share` of all rows are in one. */
function outages(
  rows: number,
  { share, length, u }: { share: number; length: number; u: Uniform },
): boolean[] {
  // A run starts after each good row with the chance that makes good and bad stretches in proportion.
  const starts = share / (length * (1 - share));
  const bad: boolean[] = [];
  let left = u() < share ? Math.ceil(u() * length) : 0;
  for (let row = 0; row < rows; row++) {
    if (left === 0 && u() < starts) left = length;
    bad.push(left > 0);
    if (left > 0) left--;
  }
  return bad;
}

/** Few rows: in many draws no row shows the outages that the population has. */
function unseenOutages(): AdversarialPopulation {
  return {
    ...bursts(40),
    name: 'outages that most draws do not show',
    sizes: [200, 800],
    outside: true,
  };
}

function bursts(length: number, grouped = false): AdversarialPopulation {
  const margin = 0.05;
  return {
    name: `failures in bursts of ${length}${grouped ? ', sessions of 2' : ''}`,
    // An outage that no row shows cannot be allowed for: enough rows that nearly every draw has one.
    sizes: [100 * length, 200 * length],
    draw(rows, seed) {
      const u = uniform(seed);
      const bad = outages(rows, { share: margin + beyond, length, u });
      const session = grouped ? drawSessions(rows, [2, 2], u) : undefined;
      return {
        table: createTable({
          rows,
          seed,
          sent: (row) => 100 * row,
          ...(session && { session }),
          columns: [
            { ...strong, quality: () => 1 },
            { ...weak, quality: () => 1, status: (row) => (bad[row] ? 'failed' : 'ok') },
          ],
        }),
        options: asked(margin),
        broken: (found) => breaks(found, { margin, loss: margin + beyond }),
      };
    },
  };
}

/** Pareto weights; `heavy`: the losses fall on the heavy rows. */
function weights(shape: number, where: 'heavy' | 'anywhere'): AdversarialPopulation {
  const margin = 0.05;
  return {
    name: `weights Pareto ${shape}, losses ${where}`,
    sizes: long,
    draw(rows, seed) {
      const u = uniform(seed);
      const weight = Array.from({ length: rows }, () => (1 - u()) ** (-1 / shape));
      // The rows above w hold w^(1 - shape) of the weight: all of the loss is theirs.
      const from = (margin + beyond) ** (1 / (1 - shape));
      const lost = weight.map((w) => (where === 'heavy' ? w > from : u() < margin + beyond));
      return {
        table: createTable({
          rows,
          seed,
          weight: (row) => weight[row] ?? 1,
          columns: columns(
            lost.map((is) => (is ? -1 : 0)),
            u,
          ),
        }),
        options: asked(margin),
        broken: (found) => breaks(found, { margin, loss: margin + beyond }),
      };
    },
  };
}

/** 4.5 % of the weak target's rows are not judged, all of them losses. */
function unjudged(
  margin: number,
  extra: number,
  sizes?: readonly [number, number],
): AdversarialPopulation {
  const hidden = 0.045;
  return {
    name: `4.5 % not judged and lost, margin ${margin}${sizes ? `, sessions ${sizes.join('-')}` : ''}`,
    sizes: long,
    draw(rows, seed) {
      const u = uniform(seed);
      const session = drawSessions(rows, sizes ?? [1, 1], u);
      const draw = () => {
        const x = u();
        return x < hidden ? Number.NaN : x < hidden + extra ? -1 : 0;
      };
      const changes = sizes
        ? correlated(session, 0.5, { u, draw })
        : Array.from({ length: rows }, draw);
      return {
        table: createTable({
          rows,
          seed,
          ...(sizes && { session }),
          columns: [
            { ...strong, quality: () => 1 },
            { ...weak, quality: (row) => 1 + (changes[row] ?? 0) },
          ],
        }),
        options: asked(margin),
        broken: (found) => breaks(found, { margin, loss: hidden + extra }),
      };
    },
  };
}

/** Scores other than right and wrong: by thirds of a point, continuous, or against a baseline of 0.5. */
function scores(
  kind: 'halves' | 'continuous' | 'judged' | 'judged in sessions',
): AdversarialPopulation {
  const margin = 0.05;
  return {
    name: `scores, ${kind}`,
    sizes: [120, 400, 800],
    draw(rows, seed) {
      const u = uniform(seed);
      const session = drawSessions(rows, [5, 20], u);
      const pair = (): readonly [number, number] => {
        const x = u();
        if (kind === 'halves') return [1, x < 0.02 ? 0 : x < 0.02 + 2 * (0.03 + beyond) ? 0.5 : 1];
        // Gains a hundredth nearly always, loses all rarely.
        const rare = (margin + 0.01 + beyond) / 1.01;
        if (kind === 'continuous') return x < rare ? [1, 0] : [0.9, 0.91];
        const win = 0.25;
        const loses = win + 2 * (margin + beyond);
        return [0.5, x < win ? 1 : x < win + loses ? 0 : 0.5];
      };
      const pairs =
        kind === 'judged in sessions'
          ? correlated(session, 0.5, { u, draw: pair })
          : Array.from({ length: rows }, pair);
      return {
        table: createTable({
          rows,
          seed,
          ...(kind === 'judged in sessions' && { session }),
          columns: [
            { ...strong, quality: (row) => pairs[row]?.[0] ?? 0 },
            { ...weak, quality: (row) => pairs[row]?.[1] ?? 0 },
          ],
        }),
        options: asked(margin),
        broken: (found) => breaks(found, { margin, loss: margin + beyond }),
      };
    },
  };
}

/** Many targets: strong ones nearly tied, the baseline chosen on the data, cheap ones at the limit. */
function crowd(tasks: number): AdversarialPopulation {
  const margin = 0.05;
  return {
    name: `48 targets x ${tasks} task${tasks > 1 ? 's' : ''}, 23 at the limit`,
    sizes: tasks > 1 ? [200] : [200, 2_000],
    draw(rows, seed) {
      const u = uniform(seed);
      const task = Array.from({ length: rows }, () => Math.floor(u() * tasks));
      const hard = Array.from({ length: rows }, () => u());
      const made = Array.from({ length: 47 }, (_, t): TargetPopulation => {
        const level = t < 24 ? 0.9 - 0.0005 * t : 0.9 - margin - 0.0115 - beyond;
        const right = hard.map((h) => (0.5 * h + 0.5 * u() < 1 - threshold(1 - level) ? 1 : 0));
        return {
          name: `t${t}`,
          cost: t < 24 ? 0.01 : 0.002 + 0.0001 * t,
          quality: (row) => right[row] ?? 0,
        };
      });
      return {
        table: createTable({ rows, seed, columns: made, task: (row) => `task${task[row]}` }),
        options: { by: ['task'], floor: `best-${margin}` },
        // Every cheap target is below even the least of the strong ones by more than the margin.
        broken: ({ rules, certificate, baseline }) => {
          const level = (name: string) =>
            Number(name.slice(1)) < 24
              ? 0.9 - 0.0005 * Number(name.slice(1))
              : 0.9 - margin - 0.0115;
          const share = certificate?.arm?.share ?? 1;
          const change = rules.reduce(
            (sum, { use, share: part }) => sum + part * (level(use) - level(baseline.name)),
            0,
          );
          return share * change < -margin;
        },
      };
    },
  };
}

/** The t with P((U + V) / 2 > 1 - t) = p for two uniform numbers, below one half. */
function threshold(p: number): number {
  return Math.sqrt(p / 2);
}

/** Floors by task: `beyondLimit` of 20 tasks just beyond it. */
function byTask(beyondLimit: number): AdversarialPopulation {
  const margin = 0.05;
  return {
    name: `20 tasks with floors, ${beyondLimit} beyond`,
    sizes: [1_000, 4_000],
    draw(rows, seed) {
      const u = uniform(seed);
      const task = Array.from({ length: rows }, () => Math.floor(u() * 20));
      const changes = task.map((t) => (t < beyondLimit && u() < margin + beyond ? -1 : 0));
      return {
        table: createTable({
          rows,
          seed,
          columns: columns(changes, u),
          task: (row) => nameOf(task[row] ?? 0),
        }),
        options: { ...asked(margin), floorBy: 'task' },
        broken: ({ rules, certificate }) =>
          (certificate?.arm?.share ?? 1) === 1 &&
          Array.from({ length: beyondLimit }, (_, t) => nameOf(t)).some((name) =>
            touches(rules, name),
          ),
      };
    },
  };
}

const nameOf = (task: number) => `task${String(task).padStart(2, '0')}`;

/** Whether a task goes anywhere else than to `strong`: by the first rule that it meets. */
function touches(rules: Recommendation['rules'], task: string): boolean {
  const met = rules.find(({ when }) => when?.task === undefined || when.task.includes(task));
  return met !== undefined && met.use !== 'strong';
}

function oddTasks(): AdversarialPopulation {
  const margin = 0.05;
  return {
    name: 'a task of 60 % at the limit, 40 tiny ones',
    sizes: [100, 400, 2_000],
    draw(rows, seed) {
      const u = uniform(seed);
      const task = Array.from({ length: rows }, () => (u() < 0.6 ? 0 : 1 + Math.floor(u() * 40)));
      const loss = (margin + beyond) / 0.6;
      const changes = task.map((t) => (t === 0 && u() < loss ? -1 : 0));
      return {
        table: createTable({
          rows,
          seed,
          columns: columns(changes, u),
          task: (row) => `task${task[row]}`,
        }),
        options: asked(margin),
        broken: (found) =>
          touches(found.rules, 'task0') && breaks(found, { margin, loss: margin + beyond }),
      };
    },
  };
}

function skipped(): AdversarialPopulation {
  const margin = 0.05;
  return {
    name: '1.5 % skipped, counted as lost',
    sizes: [200, 800, 2_000],
    draw(rows, seed) {
      const u = uniform(seed);
      const left = margin + beyond - 0.015;
      const fate = Array.from({ length: rows }, () => {
        const x = u();
        return x < 0.015 ? 'skipped' : x < 0.015 + left ? 'lost' : 'same';
      });
      return {
        table: createTable({
          rows,
          seed,
          columns: [
            { ...strong, quality: () => 1 },
            {
              ...weak,
              quality: (row) => (fate[row] === 'lost' ? 0 : 1),
              status: (row) => (fate[row] === 'skipped' ? 'skipped' : 'ok'),
            },
          ],
        }),
        options: asked(margin),
        broken: (found) => breaks(found, { margin, loss: margin + beyond }),
      };
    },
  };
}

/** A target of this true loss at every share: the claim within the arm must hold, too. */
function armAt(
  margin: number,
  loss: number,
  sizes?: readonly [number, number],
): AdversarialPopulation {
  const setting = inSessions({
    sizes: sizes ?? [1, 1],
    icc: sizes ? 0.5 : 0,
    margin,
    loss: loss + beyond,
    rows: [200, 800, 2_000],
  });
  return {
    ...setting,
    name: `arm: loses ${loss}, margin ${margin}${sizes ? ', sessions 5-20' : ''}`,
  };
}

const spans = [
  [2, 2],
  [5, 20],
  [20, 20],
] as const;

/** Every setting, those of sessions first. */
export const settings: readonly AdversarialPopulation[] = [
  ...spans.flatMap((sizes) => [0, 0.1, 0.5, 1].map((icc) => inSessions({ sizes, icc }))),
  inSessions({ sizes: [5, 20], icc: 0.5, gain: 0.1, label: 'gains, ' }),
  inSessions({ sizes: [5, 20], icc: 0.5, weighted: true, label: 'weighted, ' }),
  ...(['independent', 'sessions', 'weights', 'bursts', 'sessions-weights'] as const).map(slow),
  weights(2.5, 'heavy'),
  weights(1.5, 'heavy'),
  weights(2.5, 'anywhere'),
  unjudged(0.02, 0),
  unjudged(0.05, 0.01),
  unjudged(0.05, 0.01, [5, 20]),
  bursts(40),
  bursts(10),
  bursts(10, true),
  unseenOutages(),
  ...[0.01, 0.02, 0.05].flatMap((margin) => [0, 0.05, 0.2].map((gain) => boundary(margin, gain))),
  ...(['halves', 'continuous', 'judged', 'judged in sessions'] as const).map(scores),
  crowd(1),
  crowd(10),
  oddTasks(),
  byTask(1),
  byTask(17),
  skipped(),
  armAt(0.02, 0.05),
  armAt(0.02, 0.1),
  armAt(0.05, 0.1),
  armAt(0.02, 0.05, [5, 20]),
  armAt(0.05, 0.1, [5, 20]),
];
