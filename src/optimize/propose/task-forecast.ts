import { weightOf } from '../../outcome/outcome-vector.ts';
import { type Category, micro } from '../../outcome/table.ts';
import type { TaskGuard } from '../compare/task-guard.ts';
import type { Sample } from '../problem/problem.ts';
import { floatAt, intAt } from '../rows/at.ts';
import { shrinkDifferences, total } from './forecast.ts';

/** Names the tasks that lose more than the guard allows when each group goes to its target. */
export type TaskForecast = (target: Int32Array) => readonly string[];

/**
 * What the choosing part forecasts for each task, shrunk as every forecast is, with tasks as cells
 * whatever rules split by: a request without a score on either side is no difference.
 */
export function forecastTasks(sample: Sample, guard: TaskGuard | undefined): TaskForecast {
  const { study, groups } = sample;
  const task = study.table.features.get('task');
  const rows = sample.rows ?? new Int32Array();
  if (!guard || !task || rows.length === 0) return () => [];
  const { pairOf, group, code } = pairRows({ groupOf: groups.of, task }, rows);
  const weight = new Float64Array(group.length);
  rows.forEach((row, i) => {
    const pair = intAt(pairOf, i);
    weight[pair] = floatAt(weight, pair) + weightOf(study.table, row);
  });
  const { quality: need } = guard.reference;
  const delta = study.vectors.map(() => new Float64Array(group.length));
  const spread = study.vectors.map(() => new Float64Array(group.length));
  study.vectors.forEach(({ name, quality }, t) => {
    if (name === guard.reference.name) return;
    const [sums, sizes] = [delta[t] as Float64Array, spread[t] as Float64Array];
    rows.forEach((row, i) => {
      const [mine, asked] = [intAt(quality, row), intAt(need, row)];
      if (mine < 0 || asked < 0) return;
      const change = (weightOf(study.table, row) * (mine - asked)) / micro;
      const pair = intAt(pairOf, i);
      sums[pair] = floatAt(sums, pair) + change;
      sizes[pair] = floatAt(sizes, pair) + Math.abs(change);
    });
  });
  const cells = code.map((value) => value + 1);
  const learnt = shrinkDifferences(
    { delta, spread, rows: weight, weight: total(weight) },
    cells,
  ).delta;
  return (target) => {
    const lost = new Float64Array(task.values.length);
    const seen = new Float64Array(task.values.length);
    group.forEach((at, pair) => {
      const of = intAt(code, pair);
      if (of < 0) return;
      seen[of] = floatAt(seen, of) + floatAt(weight, pair);
      lost[of] = floatAt(lost, of) - (learnt[intAt(target, at)]?.[pair] ?? 0);
    });
    return guard.tasks
      .filter(({ code: of }) => floatAt(lost, of) > guard.most * floatAt(seen, of) + 1e-9)
      .map(({ name }) => name);
  };
}

/** The joint values of group and task that rows have; -1 = no task. */
function pairRows({ groupOf, task }: { groupOf: Int32Array; task: Category }, rows: Int32Array) {
  const ids = new Map<number, number>();
  const [group, code]: [number[], number[]] = [[], []];
  const pairOf = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const [at, own] = [intAt(groupOf, intAt(rows, i)), intAt(task.code, intAt(rows, i))];
    const key = at * (task.values.length + 1) + own + 1;
    let pair = ids.get(key);
    if (pair === undefined) {
      pair = group.push(at) - 1;
      code.push(own);
      ids.set(key, pair);
    }
    pairOf[i] = pair;
  }
  return { pairOf, group: Int32Array.from(group), code: Int32Array.from(code) };
}
