/**
 * Cohen's kappa of two raters: (p_o - p_e) / (1 - p_e), agreement beyond that of chance (Educational
 * and Psychological Measurement 20, 1960). `table[i][j]` counts cases rated i by one, j by the other.
 */
export function kappa(table: readonly (readonly number[])[]): number {
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  let [observed, expected] = [0, 0];
  table.forEach((row, i) => {
    const column = table.reduce((sum, other) => sum + (other[i] ?? 0), 0);
    observed += row[i] ?? 0;
    expected += (row.reduce((sum, count) => sum + count, 0) * column) / total;
  });
  return expected === total ? 1 : (observed - expected) / (total - expected);
}
