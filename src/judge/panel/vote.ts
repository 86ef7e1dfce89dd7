/** The score of a pair from its two orders: what both say, else a tie. */
export function bothOrders(candidateFirst: number, opponentFirst: number): number {
  return candidateFirst === opponentFirst ? candidateFirst : 0.5;
}

/**
 * What a panel says of a pair: the score that more than half of the votes have, else a tie.
 * Undefined where fewer than `needed` voted.
 */
export function majority(scores: readonly number[], needed: number): number | undefined {
  if (scores.length < Math.max(1, needed)) return undefined;
  const counted = Map.groupBy(scores, (score) => score);
  const winner = [...counted].find(([, votes]) => votes.length * 2 > scores.length);
  return winner ? winner[0] : 0.5;
}

/** What a panel says of a rubric: the middle score, so that one judge alone cannot move it far. */
export function middle(scores: readonly number[], needed: number): number | undefined {
  if (scores.length < Math.max(1, needed)) return undefined;
  const sorted = scores.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}
