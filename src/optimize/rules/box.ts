import type { When } from '../../policy/policy.ts';
import type { Piece } from '../problem/instance.ts';
import { at } from '../rows/at.ts';
import type { CellKey, RowGroups } from '../rows/row-groups.ts';

/** Cells that one `when` can name: for each split key the values it may have, or its absence. */
export interface Box {
  /** By key; undefined = the feature is absent there. */
  readonly values: readonly (readonly string[] | undefined)[];
  readonly tokens: CellKey['tokens'];
  /** Indices of the pieces inside. */
  readonly pieces: readonly number[];
}

export function createBoxes(
  groups: RowGroups,
  pieces: readonly Piece[],
  chosen: readonly number[],
): readonly Box[] {
  const mixed = groups.cells.some((cell) => cell.tokens === 'absent');
  return chosen.map((index) => {
    const cell = groups.cells[pieces[index]?.cell ?? -1];
    return {
      values: (cell?.values ?? []).map((value) => (value === undefined ? undefined : [value])),
      tokens: mixed && cell ? cell.tokens : 'any',
      pieces: [index],
    };
  });
}

/** Joins boxes that differ in one key only, until none do. */
export function mergeBoxes(keys: readonly string[], boxes: readonly Box[]): readonly Box[] {
  let merged = [...boxes];
  for (let i = 0; i < keys.length; i++) {
    const byRest = new Map<string, Box[]>();
    for (const box of merged) {
      const rest = box.values.map((values, at) => (at === i ? values !== undefined : values));
      const key = JSON.stringify([box.tokens, rest.map((value) => value ?? null)]);
      byRest.set(key, [...(byRest.get(key) ?? []), box]);
    }
    merged = [...byRest.values()].flatMap((alike) => joined(keys[i] ?? '', i, alike));
  }
  return merged;
}

function joined(key: string, at: number, boxes: readonly Box[]): Box[] {
  const [first] = boxes;
  if (!first || first.values[at] === undefined || boxes.length === 1) return [...boxes];
  if (isBoolean(key)) return [...boxes];
  if (key === 'turns') return mergeRuns(at, boxes);
  return [union(at, boxes)];
}

/** Turn counts that follow each other are one range. */
function mergeRuns(at: number, boxes: readonly Box[]): Box[] {
  const turnsOf = (box: Box) => Number(box.values[at]?.[0]);
  const sorted = [...boxes].sort((a, b) => turnsOf(a) - turnsOf(b));
  const runs: Box[][] = [];
  for (const box of sorted) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && turnsOf(box) === turnsOf(before) + 1) run.push(box);
    else runs.push([box]);
  }
  return runs.map((run) => union(at, run));
}

function union(at: number, boxes: readonly Box[]): Box {
  const values = boxes.flatMap((box) => box.values[at] ?? []);
  const [first] = boxes;
  return {
    tokens: first?.tokens ?? 'any',
    values: (first?.values ?? []).map((old, i) => (i === at ? values : old)),
    pieces: boxes.flatMap((box) => box.pieces),
  };
}

function isBoolean(key: string): boolean {
  return key === 'tools' || key === 'json' || key === 'vision';
}

/** The condition that holds for the rows of a box with this token range. */
export function toWhen(
  keys: readonly string[],
  box: Box,
  { from, below }: { readonly from: number; readonly below: number },
): When {
  const when: Record<string, unknown> = Object.create(null);
  keys.forEach((key, i) => {
    const values = box.values[i];
    if (values === undefined) return;
    if (isBoolean(key)) when[key] = values[0] === 'true';
    else if (key === 'turns') {
      const turns = values.map(Number).sort((a, b) => a - b);
      when.turns = { gte: at(turns, 0), lt: at(turns, turns.length - 1) + 1 };
    } else when[key] = [...values].sort();
  });
  const range = {
    ...(from !== -Infinity && { gte: from }),
    ...(below !== Infinity && { lt: below }),
  };
  if (Object.keys(range).length > 0) when.input_tokens = range;
  // Where other rows lack the count, "has one" must be said.
  else if (box.tokens === 'present') when.input_tokens = { gte: 0 };
  return when as When;
}

/**
 * How much must be present for a condition to hold. Rules that need more go first, so that a rule
 * for rows that lack a feature is met only by rows that lack it.
 */
export function specificity(when: When | undefined): number {
  const keys = Object.keys(when ?? {});
  const features = keys.filter((key) => key !== 'input_tokens').length;
  return 2 * features + (keys.length > features ? 1 : 0);
}
