import type { Rule, When } from '../../policy/policy.ts';
import { requiredRegions } from '../../workload/residency.ts';
import type { Piece } from '../problem/instance.ts';
import type { Study } from '../problem/study.ts';
import { at, floatAt, intAt } from '../rows/at.ts';
import { type RowGroups, readCell } from '../rows/row-groups.ts';
import { type Box, createBoxes, mergeBoxes, specificity, toWhen } from './box.ts';

/** A rule before it is named for a policy file: which pieces it serves, in order of the list. */
export interface DraftRule {
  readonly name: string;
  readonly when?: When;
  readonly use: string;
  readonly require?: Rule['require'];
  /** Indices of the pieces whose rows meet this rule first. */
  readonly pieces: readonly number[];
}

/** Pieces that one rule of the class serves: equal target, token range and requirement. */
interface PieceGroup {
  readonly target: number;
  readonly from: number;
  readonly below: number;
  readonly regions: readonly string[] | undefined;
  readonly pieces: number[];
  weight: number;
}

/**
 * Writes pieces as an ordered list of rules, first match wins. Hard requirements come first, each
 * with a last rule of its own for what was never seen; then the pieceGroups, the more conditions the
 * earlier, so that a value that is absent is met only after every value that is present; the largest
 * pieceGroup becomes `otherwise`.
 */
export function draftRules(
  study: Study,
  groups: RowGroups,
  pieces: readonly Piece[],
): readonly DraftRule[] {
  const pieceGroups = groupPieces(study, groups, pieces);
  const draft = (pieceGroup: PieceGroup, box: Box): Unnamed => {
    const when = toWhen(groups.keys, box, pieceGroup);
    return {
      ...(Object.keys(when).length > 0 && { when }),
      use: study.names[pieceGroup.target] ?? '',
      ...(pieceGroup.regions && { require: { regions: [...pieceGroup.regions] } }),
      pieces: box.pieces,
    };
  };
  const explicit = (pieceGroup: PieceGroup) =>
    mergeBoxes(groups.keys, createBoxes(groups, pieces, pieceGroup.pieces)).map((box) =>
      draft(pieceGroup, box),
    );
  const rules: Unnamed[] = [];
  for (const { when, regions } of study.options.residency) {
    const bound = pieceGroups.filter((pieceGroup) => pieceGroup.regions === regions);
    const largest = findLargest(bound);
    if (!largest) continue;
    rules.push(...ordered(bound.filter((pieceGroup) => pieceGroup !== largest).flatMap(explicit)));
    rules.push({
      when: Object.fromEntries(Object.entries(when).map(([key, values]) => [key, [...values]])),
      use: study.names[largest.target] ?? '',
      require: { regions: [...regions] },
      pieces: largest.pieces,
    });
  }
  const free = pieceGroups.filter((pieceGroup) => pieceGroup.regions === undefined);
  rules.push(...freeRules(free, explicit, (rules) => servesAll(groups, pieces, rules)));
  const last = rules.at(-1);
  const largest = findLargest(pieceGroups);
  if (last?.when && largest) rules.push({ use: at(study.names, largest.target), pieces: [] });
  return named(rules);
}

type Unnamed = Omit<DraftRule, 'name'>;

function freeRules(
  free: readonly PieceGroup[],
  explicit: (pieceGroup: PieceGroup) => Unnamed[],
  servesEach: (rules: readonly Unnamed[]) => boolean,
): Unnamed[] {
  const otherwise = findLargest(free);
  if (!otherwise) return [];
  const listed = ordered(free.filter((pieceGroup) => pieceGroup !== otherwise).flatMap(explicit));
  const name = explicit(otherwise)[0]?.use ?? '';
  const shorter = [...listed, { use: name, pieces: otherwise.pieces }];
  if (servesEach(shorter)) return shorter;
  // Where values are absent a general rule could take what `otherwise` is meant for: list it all.
  const all = ordered(free.flatMap(explicit));
  const open = all.findIndex((rule) => rule.when === undefined);
  if (open < 0) return [...all, { use: name, pieces: [] }];
  return [...all.filter((_, at) => at !== open), ...all.slice(open, open + 1)];
}

function groupPieces(study: Study, groups: RowGroups, pieces: readonly Piece[]): PieceGroup[] {
  const pieceGroups = new Map<string, PieceGroup>();
  const weights = pieceWeights(groups, pieces);
  pieces.forEach(({ cell, target, from, below }, index) => {
    const key = groups.cells[cell];
    const regions = key && requiredRegions(study.options.residency, readCell(key, groups.keys));
    // A cell without tokens has one piece; it shares a rule with cells that are not cut.
    const name = [study.names[target], from, below, regions?.join() ?? '-'].join('|');
    const pieceGroup = pieceGroups.get(name) ?? {
      target,
      from,
      below,
      regions,
      pieces: [],
      weight: 0,
    };
    pieceGroup.pieces.push(index);
    pieceGroup.weight += at(weights, index);
    pieceGroups.set(name, pieceGroup);
  });
  return [...pieceGroups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pieceGroup]) => pieceGroup);
}

/** Rows of each piece. */
function pieceWeights(groups: RowGroups, pieces: readonly Piece[]): number[] {
  const rows = new Float64Array(groups.cell.length);
  for (const group of groups.of) rows[group] = floatAt(rows, group) + 1;
  return pieces.map(({ cell, from, below }) =>
    rows.reduce((sum, count, group) => {
      const tokens = intAt(groups.tokens, group);
      const inside = groups.cell[group] === cell && from <= tokens && tokens < below;
      return inside ? sum + count : sum;
    }, 0),
  );
}

function findLargest(pieceGroups: readonly PieceGroup[]): PieceGroup | undefined {
  return pieceGroups.reduce<PieceGroup | undefined>(
    (best, pieceGroup) => (best && best.weight >= pieceGroup.weight ? best : pieceGroup),
    undefined,
  );
}

/** More conditions first; a stable order otherwise. */
function ordered(rules: readonly Unnamed[]): Unnamed[] {
  return [...rules].sort((a, b) => specificity(b.when) - specificity(a.when));
}

/** Whether each piece meets its own rule first. */
function servesAll(
  groups: RowGroups,
  pieces: readonly Piece[],
  rules: readonly Unnamed[],
): boolean {
  return pieces.every((piece, index) => {
    const owner = rules.findIndex((rule) => rule.pieces.includes(index));
    return rules.slice(0, owner).every((rule) => !overlaps(groups, piece, rule.when));
  });
}

function overlaps(groups: RowGroups, piece: Piece, when: When | undefined): boolean {
  const cell = groups.cells[piece.cell];
  return Object.entries(when ?? {}).every(([key, condition]) => {
    if (key === 'input_tokens') {
      if (cell?.tokens === 'absent') return false;
      const { gte = -Infinity, lt = Infinity } = condition as { gte?: number; lt?: number };
      return piece.from < lt && gte < piece.below;
    }
    const value = cell?.values[groups.keys.indexOf(key)];
    if (value === undefined) return false;
    if (typeof condition === 'boolean') return value === String(condition);
    if (Array.isArray(condition)) return condition.includes(value);
    const { gte = -Infinity, lt = Infinity } = condition as { gte?: number; lt?: number };
    return Number(value) >= gte && Number(value) < lt;
  });
}

/** Names that say the condition: `summarize-lt-4000`. Distinct, for attribution. */
function named(rules: readonly Unnamed[]): DraftRule[] {
  const taken = new Set<string>();
  return rules.map((rule) => {
    const base = rule.when ? ruleName(rule.when) : 'otherwise';
    let name = base;
    for (let again = 2; taken.has(name); again++) name = `${base}-${again}`;
    taken.add(name);
    return { name, ...rule };
  });
}

/** So many values are named in full; more are counted. */
const namedValues = 3;

function ruleName(when: When): string {
  const parts = Object.entries(when).map(([key, condition]) => {
    if (typeof condition === 'boolean') return condition ? key : `no-${key}`;
    if (Array.isArray(condition)) {
      const shown = condition.slice(0, namedValues).map(slug).join('-');
      const more = condition.length - namedValues;
      return more > 0 ? `${shown}-and-${more}-more` : shown;
    }
    const { gte, lt } = condition ?? {};
    const range = [...(gte ? [`from-${gte}`] : []), ...(lt === undefined ? [] : [`lt-${lt}`])];
    return [...(key === 'input_tokens' ? [] : [key]), ...range].join('-');
  });
  return parts.filter((part) => part !== '').join('-') || 'counted';
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'value'
  );
}
