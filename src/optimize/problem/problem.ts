import { UsageError } from '../../errors.ts';
import { isAbsent, type OutcomeVector, slowShare, weightOf } from '../../outcome/outcome-vector.ts';
import { micro } from '../../outcome/table.ts';
import { meetsRegions, requiredRegions } from '../../workload/residency.ts';
import { at, floatAt, intAt } from '../rows/at.ts';
import { type CellFeatures, type CellKey, type RowGroups, readCell } from '../rows/row-groups.ts';
import { type Demand, marginOf, needOf } from './demand.ts';
import type { Constraint, Instance } from './instance.ts';
import { formatSlo, type Slo, timesOf } from './slo.ts';
import { sloRows } from './slow.ts';
import type { Study } from './study.ts';
import { findUnknownCosts } from './unknown-costs.ts';

/** Where the rows of an instance come from: all of a study, or the part it may see. */
export interface Sample {
  readonly study: Study;
  readonly groups: RowGroups;
  /** Absent = every row. */
  readonly rows?: Int32Array;
  /** `cautious`: tasks of too few requests stay with the baseline. */
  readonly care?: 'cautious';
  /** Tasks that stay with one target, by its name: too few requests to prove anything of another. */
  readonly keep?: ReadonlyMap<string, string>;
  /** A target that is left out, to see what the optimum is without it. */
  readonly barred?: string;
  /** Equals, as candidates in the order of preference: of each only the first that may serve is used. */
  readonly twins?: readonly (readonly number[])[];
  /** `fallback`: who may serve when the first choice fails, which no pin speaks of. */
  readonly role?: 'fallback';
}

/** The in-sample problem: what was measured, taken at its word. */
export function createInstance(sample: Sample, demands: readonly Demand[]): Instance {
  return fillInstance(sample, {
    cost: costs(sample),
    constraints: [...demands.map((demand) => qualityFloor(sample, demand)), ...limits(sample)],
  });
}

/** Puts sums over groups into an instance, leaving out groups without rows. */
export function fillInstance(
  sample: Sample,
  parts: Pick<Instance, 'cost' | 'constraints'>,
): Instance {
  const { study, groups, rows } = sample;
  const { maxRules, maxTargets } = study.options;
  const used = usedGroups(groups, rows);
  const kept = (sums: Float64Array) =>
    used.length === sums.length ? sums : Float64Array.from(used, (group) => floatAt(sums, group));
  return {
    targets: study.names,
    cells: groups.cells.map((cell) => cell.name),
    cell: Int32Array.from(used, (group) => intAt(groups.cell, group)),
    tokens: Int32Array.from(used, (group) => intAt(groups.tokens, group)),
    cost: parts.cost.map(kept),
    constraints: parts.constraints.map((limit) => ({ ...limit, amount: limit.amount.map(kept) })),
    eligible: eligibility(sample),
    maxThresholds: groups.thresholds,
    ...(maxRules !== undefined && { maxRules }),
    ...(maxTargets !== undefined && { maxTargets }),
  };
}

export function usedGroups({ cell, of }: RowGroups, rows: Int32Array | undefined): Int32Array {
  if (!rows) return Int32Array.from(cell.keys());
  const used = new Uint8Array(cell.length);
  for (const row of rows) used[intAt(of, row)] = 1;
  return Int32Array.from(cell.keys()).filter((group) => used[group] === 1);
}

/** Sum of `value(row)` over the rows of each group. */
export function sumByGroup(
  { groups, rows, study }: Sample,
  value: (row: number) => number,
): Float64Array {
  const sums = new Float64Array(groups.cell.length);
  const { of } = groups;
  const count = rows ? rows.length : study.table.rows;
  for (let i = 0; i < count; i++) {
    const row = rows ? intAt(rows, i) : i;
    const group = intAt(of, row);
    sums[group] = floatAt(sums, group) + value(row);
  }
  return sums;
}

/** Sum of `value(row)` over the rows. */
export function sumOfRows({ rows, study }: Sample, value: (row: number) => number): number {
  let sum = 0;
  const count = rows ? rows.length : study.table.rows;
  for (let i = 0; i < count; i++) sum += value(rows ? intAt(rows, i) : i);
  return sum;
}

/** Nano-dollars by candidate and group. */
export function costs(sample: Sample): Float64Array[] {
  const { table, vectors } = sample.study;
  return vectors.map(({ cost }) =>
    sumByGroup(
      sample,
      table.weight
        ? (row) => Math.round(weightOf(table, row) * floatAt(cost, row))
        : (row) => floatAt(cost, row),
    ),
  );
}

/**
 * Sum of quality >= need. Rows that were not judged leave the sum for both sides, so that there the
 * amounts are differences to what is needed, and the bound is 0.
 */
function qualityFloor(sample: Sample, demand: Demand): Constraint {
  const { table, vectors } = sample.study;
  const judged = vectors.every((vector) => !vector.quality.includes(-1));
  const whole = judged && !demand.reference?.quality.includes(-1);
  const margin = marginOf(demand);
  const counts = (row: number) => !demand.mask || demand.mask[row] === 1;
  const rounded = Math.min(demand.reference?.rounded ?? 0, table.rows);
  if (!whole) {
    const surplus = (vector: OutcomeVector) => (row: number) => {
      const [quality, need] = [intAt(vector.quality, row), needOf(demand, row)];
      if (!counts(row) || quality < 0 || need < 0) return 0;
      return Math.floor(weightOf(table, row) * (quality - need + margin));
    };
    const amount = vectors.map((vector) => sumByGroup(sample, surplus(vector)));
    return { name: demand.name, sense: 'at-least', amount, bound: rounded, integer: true };
  }
  const unit = wholeUnit(sample.study, demand);
  const amount = vectors.map((vector) =>
    sumByGroup(sample, (row) =>
      counts(row) ? Math.floor((weightOf(table, row) * intAt(vector.quality, row)) / unit) : 0,
    ),
  );
  const needs = sumByGroup(sample, (row) =>
    counts(row) ? weightOf(table, row) * (needOf(demand, row) - margin) : 0,
  );
  const need = needs.reduce((total, value) => total + value, 0) + rounded;
  // A need of 72.00000000000001 answers is one of 72: the surplus is rounding of the margin.
  const bound = Math.ceil(need / unit - 1e-6);
  return { name: demand.name, sense: 'at-least', amount, bound, integer: true };
}

/** Answers are counted where all are right or wrong; millionths are summed otherwise. */
function wholeUnit({ table, vectors }: Study, { reference }: Demand): number {
  if (table.weight) return 1;
  const all = reference ? [...vectors, reference] : vectors;
  return all.every((vector) => vector.quality.every((value) => value % micro === 0)) ? micro : 1;
}

/** Everything but quality: times, capacity, shares, context windows. */
export function limits(sample: Sample): Constraint[] {
  const { options } = sample.study;
  return [
    ...options.slos.map((slo) => slowLimit(sample, slo, 0)),
    ...capacity(sample),
    ...pinnedTargets(sample),
    ...providerShares(sample),
    ...contextWindows(sample),
  ];
}

/** At most floor((1 - p) N) slow requests, less `spare`. */
export function slowLimit(sample: Sample, slo: Slo, spare: number): Constraint {
  const { table, vectors } = sample.study;
  const applies = sloRows(sample.study, slo);
  if (vectors.every((vector) => timesOf(vector, slo).length === 0)) {
    throw new UsageError(
      `${formatSlo(slo)} cannot be checked: no row has ${slo.metric}. Bench first, or drop the SLO.`,
    );
  }
  // Weights and averaged passes make shares of a request: they go on the grid of millionths.
  const fine = table.weight || vectors.some((vector) => timesOf(vector, slo).length > 1);
  const unit = fine ? micro : 1;
  const amount = vectors.map((vector) =>
    sumByGroup(sample, (row) =>
      applies(row)
        ? Math.ceil(
            unit * weightOf(table, row) * slowShare(timesOf(vector, slo), row, slo.atMost) - 1e-6,
          )
        : 0,
    ),
  );
  const within = sumByGroup(sample, (row) => (applies(row) ? weightOf(table, row) : 0));
  const total = within.reduce((sum, value) => sum + value, 0);
  const bound = Math.floor(unit * ((1 - slo.share) * total - spare) + 1e-6);
  return { name: formatSlo(slo), sense: 'at-most', amount, bound, integer: true };
}

/** Requests of a minute at the peak that a target can take. */
function capacity(sample: Sample): Constraint[] {
  const { study } = sample;
  const { peakRpm, targets } = study.options;
  if (peakRpm === undefined) return [];
  return study.names.flatMap((name) => {
    const rpm = targets[name]?.rpm;
    if (rpm === undefined || rpm >= peakRpm) return [];
    return [
      shareLimit(sample, `capacity of ${name}`, {
        share: rpm / peakRpm,
        counts: (target) => target === name,
      }),
    ];
  });
}

/** A pinned target serves at least one request. */
function pinnedTargets(sample: Sample): Constraint[] {
  const { names, options } = sample.study;
  const requests = sumByGroup(sample, () => 1);
  const none = new Float64Array(requests.length);
  return options.pinnedTargets.map((pinned) => ({
    name: `policy.pin: ${pinned} in use`,
    sense: 'at-least',
    amount: names.map((name) => (name === pinned ? requests : none)),
    bound: 1,
    integer: true,
  }));
}

function providerShares(sample: Sample): Constraint[] {
  const { maxProviderShare, targets } = sample.study.options;
  if (maxProviderShare === undefined || maxProviderShare >= 1) return [];
  const providerOf = (name: string) => targets[name]?.provider ?? name;
  const providers = [...new Set(sample.study.names.map(providerOf))].sort();
  return providers.map((provider) =>
    shareLimit(sample, `share of ${provider}`, {
      share: maxProviderShare,
      counts: (name) => providerOf(name) === provider,
    }),
  );
}

interface TrafficLimit {
  /** Of all requests, at most. */
  readonly share: number;
  /** The targets whose requests are added up. */
  readonly counts: (target: string) => boolean;
}

function shareLimit(sample: Sample, name: string, { share, counts }: TrafficLimit): Constraint {
  const { table, names } = sample.study;
  const unit = table.weight ? micro : 1;
  const requests = sumByGroup(sample, (row) => Math.ceil(unit * weightOf(table, row) - 1e-6));
  const none = new Float64Array(requests.length);
  const total = requests.reduce((sum, value) => sum + value, 0);
  return {
    name,
    sense: 'at-most',
    amount: names.map((target) => (counts(target) ? requests : none)),
    bound: Math.floor(share * total + 1e-6),
    integer: true,
  };
}

/** No request goes to a target whose context window it overflows. */
function contextWindows(sample: Sample): Constraint[] {
  const { table, names, options } = sample.study;
  const windows = names.map((name) => options.targets[name]?.contextTokens ?? Infinity);
  if (windows.every((window) => window === Infinity)) return [];
  const amount = windows.map((window) =>
    sumByGroup(sample, (row) => (intAt(table.inputTokens, row) > window ? 1 : 0)),
  );
  if (amount.every((sums) => sums.every((value) => value === 0))) return [];
  return [{ name: 'context window', sense: 'at-most', amount, bound: 0, integer: true }];
}

/** A target that skipped more than this share of a cell's requests is not eligible there. */
const skippedShare = 0.02;

/** [cell][candidate], 1 = may be used. */
export function eligibility(sample: Sample): Uint8Array[] {
  const { study, groups, barred, role } = sample;
  const answers = createAnswering(study, groups);
  const stays = role === 'fallback' ? () => undefined : keptTargets(sample);
  const isBroken = brokenTargets(sample);
  return groups.cells.map((cell, c) => {
    const only = stays(cell);
    const features = readCell(cell, groups.keys);
    const may = Uint8Array.from(study.names, (name, t) => {
      if (name === barred || (only ?? name) !== name || isBroken(name, cell)) return 0;
      if (!answers(t, c)) return 0;
      return mayServe(name, features, study) ? 1 : 0;
    });
    return leaveOutTwins(may, sample.twins ?? []);
  });
}

/** Whether a target answers the requests of a cell, at a cost that is known. */
function createAnswering(
  { names, vectors, table, options }: Study,
  groups: RowGroups,
): (target: number, cell: number) => boolean {
  const skipped = vectors.map((vector) => skippedByCell(vector, groups));
  const unbilled = names.map((name) => {
    const column = table.columns[table.targets.indexOf(name)];
    return !column || options.include.includes(name) ? [] : findUnknownCosts(column, groups);
  });
  const rows = new Int32Array(groups.cells.length);
  for (const group of groups.of) {
    const cell = intAt(groups.cell, group);
    rows[cell] = intAt(rows, cell) + 1;
  }
  return (target, cell) =>
    intAt(at(skipped, target), cell) <= skippedShare * intAt(rows, cell) &&
    !unbilled[target]?.[cell];
}

/** The one target that a cell may have: pinned, or kept for want of requests; undefined = any. */
function keptTargets({ study, groups, care, keep }: Sample): (cell: CellKey) => string | undefined {
  const { options, findings, baseline } = study;
  const few = new Set(care && findings.flatMap((f) => (f.excludes === 'task' ? [f.about] : [])));
  const task = groups.keys.indexOf('task');
  return (cell) => {
    const pinned = options.pin.find(({ when }) => isWithin(readCell(cell, groups.keys), when));
    if (pinned) return pinned.use;
    const name = cell.values[task] ?? '';
    return few.has(name) ? baseline.name : keep?.get(name);
  };
}

function brokenTargets({ study, groups }: Sample): (name: string, cell: CellKey) => boolean {
  const task = groups.keys.indexOf('task');
  const broken = new Set(
    study.findings.flatMap(({ excludes, about, task: on = '' }) =>
      excludes === 'target-on-task' ? [`${about}\n${on}`] : [],
    ),
  );
  return (name, cell) => broken.has(`${name}\n${cell.values[task] ?? ''}`);
}

function leaveOutTwins(may: Uint8Array, twins: NonNullable<Sample['twins']>): Uint8Array {
  for (const equals of twins) {
    for (const twin of equals.filter((target) => may[target] === 1).slice(1)) may[twin] = 0;
  }
  return may;
}

/** Whether all requests of a cell have one of the values of each feature. */
function isWithin(
  features: CellFeatures,
  when: Readonly<Record<string, readonly string[]>>,
): boolean {
  return Object.entries(when).every(([key, values]) => values.includes(features(key) ?? ''));
}

function skippedByCell({ status, absent }: OutcomeVector, groups: RowGroups): Int32Array {
  const count = new Int32Array(groups.cells.length);
  for (let row = 0; absent > 0 && row < status.length; row++) {
    if (!isAbsent(at(status, row))) continue;
    const cell = intAt(groups.cell, intAt(groups.of, row));
    count[cell] = intAt(count, cell) + 1;
  }
  return count;
}

/** Residency, data class and forbidden routes; a target of unknown regions meets no residency. */
function mayServe(name: string, features: CellFeatures, { options }: Study): boolean {
  const facts = options.targets[name];
  if (options.forbid.some(({ use, when }) => use === name && isWithin(features, when))) {
    return false;
  }
  const regions = requiredRegions(options.residency, features);
  if (regions && !meetsRegions(facts?.regions, regions)) return false;
  const dataClass = features(dataClassKey);
  if (dataClass === undefined || facts?.dataClasses === undefined) return true;
  return facts.dataClasses.includes(dataClass);
}

export const dataClassKey = 'metadata.data_class';

/** The split keys asked for, and those that hard requirements need. */
export function classKeys({ options }: Study): readonly string[] {
  const routes = [...options.residency, ...options.pin, ...options.forbid];
  const needed = routes.flatMap(({ when }) => Object.keys(when));
  const classes = Object.values(options.targets).some((facts) => facts.dataClasses);
  return [...new Set([...needed, ...(classes ? [dataClassKey] : []), ...options.by])];
}
