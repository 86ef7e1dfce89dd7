import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { targetVector } from '../../../src/outcome/outcome-vector.ts';
import { micro, type OutcomeTable } from '../../../src/outcome/table.ts';
import { virtualEnvironment } from '../../gateways/venv.ts';

/** A package of PyPI that chooses a model for each task, with every way of asking it. */
export interface Chooser {
  readonly name: string;
  /** In `choosers/`; run in an environment of its own. */
  readonly script: string;
  readonly requirements: string;
}

export const toolkit: Chooser = {
  name: 'toolkit-cost-optimizer',
  script: 'choose_by_toolkit.py',
  requirements: 'requirements-toolkit-cost-optimizer.txt',
};

export const routeAudit: Chooser = {
  name: 'llm-route-audit',
  script: 'choose_by_route_audit.py',
  requirements: 'requirements-llm-route-audit.txt',
};

/** Rows of a population that a user has, what serves them today, and what the user asks. */
export interface Ask {
  readonly rows: Int32Array;
  readonly baseline: string;
  readonly margin: number;
}

/** Target by task; null = it proposes nothing. By the way of asking. */
export type Choices = Readonly<Record<string, Readonly<Record<string, string>> | null>>;

/** What a package chooses on each draw, in one process of its own. */
export function choose(
  chooser: Chooser,
  population: OutcomeTable,
  asks: readonly Ask[],
): readonly Choices[] {
  const bin = virtualEnvironment(chooser.name, `../decision/choosers/${chooser.requirements}`);
  const lines = [describe(population), ...asks.map((ask) => describeAsk(population, ask))];
  const { status, stdout, stderr } = spawnSync(
    join(bin, 'python'),
    [join(import.meta.dirname, chooser.script)],
    { input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`${chooser.name} failed:\n${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Choices);
}

function describe(population: OutcomeTable): string {
  return JSON.stringify({
    targets: population.targets,
    tasks: readTasks(population),
    quality: population.columns.map(({ quality }) => Array.from(quality, (score) => score / micro)),
    cost: population.columns.map(({ cost }) => Array.from(cost, (nano) => nano / 1e9)),
  });
}

function describeAsk(population: OutcomeTable, { rows, baseline, margin }: Ask): string {
  const scores = targetVector(population, population.targets.indexOf(baseline)).quality;
  const quality = rows.reduce((sum, row) => sum + (scores[row] as number), 0) / rows.length / micro;
  return JSON.stringify({
    rows: [...rows],
    baseline,
    floor: quality - margin,
    // llm-route-audit asks for a share of each task's own pass rate.
    target: 1 - margin / quality,
  });
}

/** The task of each row. */
export function readTasks({ rows, features }: OutcomeTable): readonly string[] {
  const task = features.get('task');
  return Array.from({ length: rows }, (_, row) => task?.values[task.code[row] as number] ?? 'none');
}
