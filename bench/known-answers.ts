import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../src/optimize/problem/instance.ts';
import { frontier } from '../src/optimize/solve/frontier.ts';
import { aiq } from '../src/optimize/solve/hull.ts';
import { solve } from '../src/optimize/solve/solve.ts';

/**
 * The in-sample optimum on public data against answers found by other solvers. The data is not part
 * of the project: ARB_SHARED names the folder. Run: `node bench/known-answers.ts`; exit 1 where an
 * answer differs in a printed digit.
 */
interface Known {
  readonly data: string;
  /** Best single target: quality and USD per request. */
  readonly single: readonly [string, string];
  readonly perTask: string;
  readonly threshold: string;
  readonly lessThan: number;
  readonly ownThresholds: string;
  readonly anyRouter: string;
  readonly aiq: readonly [string, string];
}

const known: readonly Known[] = [
  {
    data: 'routerbench0shot_sub',
    single: ['.8799', '.005015'],
    perTask: '.003795',
    threshold: '.003747',
    lessThan: 348,
    ownThresholds: '.002977',
    anyRouter: '.000104',
    aiq: ['.8201', '.8504'],
  },
  {
    data: 'routerbench_mini_v5',
    single: ['.7275', '.000111'],
    perTask: '.0000627',
    threshold: '.0000638',
    lessThan: 414,
    ownThresholds: '.0000473',
    anyRouter: '.000041',
    aiq: ['.7050', '.7204'],
  },
  {
    data: 'routellm_gsm8k',
    single: ['.8577', '.003757'],
    perTask: '.003757',
    threshold: '.003552',
    lessThan: 34,
    ownThresholds: '.003552',
    anyRouter: '.000783',
    aiq: ['.7475', '.7475'],
  },
];

interface Row {
  readonly request_id: string;
  readonly target: string;
  readonly task: string;
  readonly input_tokens: number;
  readonly cost_usd: number;
  readonly quality: number;
}

interface Table {
  readonly rows: number;
  readonly tasks: readonly string[];
  readonly task: Int32Array;
  readonly base: Omit<Instance, 'cells' | 'cell' | 'eligible' | 'maxThresholds' | 'constraints'>;
  readonly quality: readonly Float64Array[];
}

const shared = process.env.ARB_SHARED ?? join(import.meta.dirname, '../../shared');

function readTable(data: string): Table {
  const text = readFileSync(join(shared, 'data', `${data}.outcomes.jsonl`), 'utf8');
  const lines = text.trim().split('\n');
  const found = lines.map((line) => JSON.parse(line) as Row);
  const indexOf = (names: readonly string[]) => new Map([...new Set(names)].map((n, i) => [n, i]));
  const requests = indexOf(found.map((row) => row.request_id));
  const targets = indexOf(found.map((row) => row.target));
  const tasks = indexOf(found.map((row) => row.task));
  const rows = requests.size;
  const cost = Array.from(targets, () => new Float64Array(rows));
  const quality = Array.from(targets, () => new Float64Array(rows));
  const tokens = new Int32Array(rows);
  const task = new Int32Array(rows);
  for (const row of found) {
    const request = requests.get(row.request_id) ?? 0;
    const target = targets.get(row.target) ?? 0;
    cost[target]?.fill(Math.round(row.cost_usd * 1e9), request, request + 1);
    quality[target]?.fill(row.quality, request, request + 1);
    tokens[request] = row.input_tokens;
    task[request] = tasks.get(row.task) ?? 0;
  }
  const base = { targets: [...targets.keys()], tokens, cost };
  return { rows, tasks: [...tasks.keys()], task, base, quality };
}

interface Class {
  readonly cells: readonly string[];
  readonly cell: Int32Array;
  readonly maxThresholds: number;
  readonly maxTargets?: number;
}

function instanceOf({ base, quality }: Table, kind: Class, floor: number): Instance {
  const eligible = kind.cells.map(() => new Uint8Array(base.targets.length).fill(1));
  return {
    ...base,
    ...kind,
    eligible,
    constraints: [
      { name: 'floor', sense: 'at-least', amount: quality, bound: floor, integer: true },
    ],
  };
}

let wrong = 0;

function report(data: string, what: string, { found, expected, note = '' }: Cell): void {
  const decimals = (expected.split('.')[1] ?? '').length;
  const shown = found.toFixed(decimals).replace(/^0/, '');
  const agrees = shown === expected;
  if (!agrees) wrong++;
  const columns = [data.padEnd(22), what.padEnd(32), found.toPrecision(10).padStart(16)];
  console.log(
    `${columns.join('')}  ${expected.padStart(9)}  ${agrees ? 'equal' : 'WRONG'} ${note}`,
  );
}

interface Cell {
  readonly found: number;
  readonly expected: string;
  readonly note?: string;
}

function check(answers: Known): void {
  const { data } = answers;
  const table = readTable(data);
  const { rows, tasks, task, base, quality } = table;
  const mean = (column: Float64Array) => column.reduce((a, b) => a + b, 0) / rows;
  const singles = base.targets.map((_, t) => ({
    quality: mean(quality[t] ?? new Float64Array()),
    cost: mean(base.cost[t] ?? new Float64Array()) / 1e9,
  }));
  const best = singles.reduce((a, b) => (b.quality > a.quality ? b : a));
  report(data, 'best single, quality', { found: best.quality, expected: answers.single[0] });
  report(data, 'best single, cost', { found: best.cost, expected: answers.single[1] });
  const floor = (best.quality - 0.01) * rows;
  const whole = { cells: ['all'], cell: new Int32Array(rows) };
  const byTask = { cells: tasks, cell: task };
  const byRow = {
    cells: Array.from({ length: rows }, (_, row) => String(row)),
    cell: Int32Array.from({ length: rows }, (_, row) => row),
  };
  const optimum = (what: string, kind: Class, expected: string) => {
    const solution = solve(instanceOf(table, kind, floor));
    if (solution.state !== 'solved') throw new Error(`${data}: ${what} is ${solution.state}`);
    const found = solution.cost / rows / 1e9;
    const lower = solution.lower / rows / 1e9;
    const cut = solution.pieces.find(({ below }) => below !== Infinity);
    if (solution.gap > 0 || found < lower) wrong++;
    const note = `gap ${solution.gap}, bound ${lower.toPrecision(10)}`;
    report(data, what, { found, expected, note });
    return cut?.below;
  };
  optimum('one target per task', { ...byTask, maxThresholds: 0 }, answers.perTask);
  const one = { ...whole, maxThresholds: 1, maxTargets: 2 };
  const cut = optimum('one threshold, two targets', one, answers.threshold);
  report(data, 'one threshold, lt', { found: cut ?? 0, expected: String(answers.lessThan) });
  optimum('own threshold per task', { ...byTask, maxThresholds: 1 }, answers.ownThresholds);
  optimum('any per-prompt router', { ...byRow, maxThresholds: 0 }, answers.anyRouter);
  const range = singles.map(({ cost }) => cost);
  const [from, to] = [Math.min(...range), Math.max(...range)];
  const zero = aiq(singles, from, to);
  report(data, 'AIQ, zero router', { found: zero, expected: answers.aiq[0] });
  const corners = frontier(instanceOf(table, { ...byTask, maxThresholds: 0 }, floor), 0);
  const points = corners.map(({ cost, sums: [sum = 0] }) => ({
    cost: cost / rows / 1e9,
    quality: sum / rows,
  }));
  report(data, 'AIQ, per task', { found: aiq(points, from, to), expected: answers.aiq[1] });
}

console.log(`${'data'.padEnd(22)}${'answer'.padEnd(32)}${'found'.padStart(16)}   expected`);
for (const answers of known) check(answers);
if (wrong > 0) {
  console.error(`${wrong} of the answers differ from the known ones.`);
  process.exitCode = 1;
}
