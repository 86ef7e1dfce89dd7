import { compareToBaseline, type QualityChange } from '../compare/paired.ts';
import { pieceByGroup, type Score, scoreRows } from '../problem/assign.ts';
import { eligibility } from '../problem/problem.ts';
import type { Study } from '../problem/study.ts';
import { intAt } from '../rows/at.ts';
import type { Routing } from '../solve/optimum.ts';
import { type Chain, chooseChain } from './chain.ts';
import type { DraftRule } from './routes.ts';

/** A rule, who serves it when its target fails, and what it saves and risks. */
export interface RuleReport extends DraftRule {
  readonly fallback: readonly string[];
  readonly chain: Chain;
  /** Over the requests that meet the rule, on all rows given. */
  readonly score: Score;
  readonly share: number;
  /** What the baseline does with the same requests. */
  readonly baseline: Score;
  /** USD per request of the whole traffic. */
  readonly savesUsd: number;
  /** Quality, policy - baseline, with 95 % limits; of these rows, no claim about others. */
  readonly change: QualityChange;
}

export function reportRules(
  study: Study,
  routing: Routing,
  rules: readonly DraftRule[],
): readonly RuleReport[] {
  const rowsOf = rowsByRule(study, routing, rules);
  const allowed = eligibility({ study, groups: routing.groups, role: 'fallback' });
  const compare = compareToBaseline(study, routing.vector);
  return rules.map((rule, index): RuleReport => {
    const rows = rowsOf[index] ?? new Int32Array();
    const cells = rule.pieces.map((piece) => routing.pieces[piece]?.cell ?? -1);
    const eligible = study.names.filter((_, t) => cells.every((cell) => allowed[cell]?.[t] === 1));
    const chain = chooseChain(study, rows, { use: rule.use, eligible });
    const score = scoreRows(study, routing.vector, rows);
    const baseline = scoreRows(study, study.baseline, rows);
    const share = rows.length / study.table.rows;
    return {
      ...rule,
      fallback: chain.fallback,
      chain,
      score,
      baseline,
      share,
      savesUsd: share * (baseline.costUsd - score.costUsd),
      change: compare(rows),
    };
  });
}

function rowsByRule(
  { table }: Study,
  { groups, pieces }: Routing,
  rules: readonly DraftRule[],
): Int32Array[] {
  const ruleOfPiece = new Int32Array(pieces.length).fill(-1);
  rules.forEach((rule, index) => {
    for (const piece of rule.pieces) ruleOfPiece[piece] = index;
  });
  const byGroup = pieceByGroup(groups, pieces).map((piece) => ruleOfPiece[piece] ?? -1);
  const counts = new Int32Array(rules.length);
  for (const group of groups.of) {
    const rule = intAt(byGroup, group);
    counts[rule] = intAt(counts, rule) + 1;
  }
  const rows = rules.map((_, index) => new Int32Array(intAt(counts, index)));
  counts.fill(0);
  for (let row = 0; row < table.rows; row++) {
    const rule = intAt(byGroup, intAt(groups.of, row));
    const at = intAt(counts, rule);
    counts[rule] = at + 1;
    const list = rows[rule];
    if (list) list[at] = row;
  }
  return rows;
}
