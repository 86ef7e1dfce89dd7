import { chooseShare } from '../../src/optimize/certify/certificate.ts';
import { armMargin, armShares } from '../../src/optimize/compare/arm.ts';
import { micro, type OutcomeTable } from '../../src/outcome/table.ts';
import { normalCdf, normalQuantile } from '../../src/statistics/distribution/distributions.ts';
import { scoreLevel } from '../../src/statistics/tango.ts';
import { readTasks } from './choosers/choosers.ts';

/** What the oracle takes as certain enough. */
const power = 0.8;

/** What a policy gains and loses against the baseline, and its cost, in the population. */
interface Whole {
  readonly gains: number;
  readonly losses: number;
  /** Of the baseline's cost. */
  readonly cost: number;
}

/**
 * The most that could be certified by who knows the population: the policy of one target for each
 * task, whole or at a share, that saves most among those that the same test, on as many rows as
 * arb tests on, passes with a power of 80 % (normal approximation to Tango's statistic; rows are
 * drawn without replacement).
 *
 * @returns savings as shares of the baseline's cost
 */
export function measureOracle(
  population: OutcomeTable,
  { rows, margin }: { readonly rows: number; readonly margin: number },
): { readonly whole: number; readonly shares: number } {
  const n = (1 - chooseShare) * rows;
  const drawn = n / population.rows;
  const policies = listPolicies(population);
  const best = (offered: readonly number[]) =>
    Math.max(
      0,
      ...policies.flatMap((policy) =>
        offered
          .filter((share) => passes(policy, { n, drawn, margin: marginWithin(margin, share) }))
          .map((share) => share * (1 - policy.cost)),
      ),
    );
  return {
    whole: best([1]),
    shares: best([1, ...armShares.filter((share) => share > 2 * margin)]),
  };
}

function marginWithin(margin: number, share: number): number {
  return share === 1 ? margin : armMargin(margin, { share, by: 'request', salt: '' });
}

interface Test {
  /** Pairs. */
  readonly n: number;
  /** As a share of the population. */
  readonly drawn: number;
  readonly margin: number;
}

/** Whether the test is passed with the power asked. */
function passes({ gains, losses }: Whole, { n, drawn, margin }: Test): boolean {
  const quantile = normal(scoreLevel(n, 0.05));
  const change = gains - losses;
  // The share of losses of greatest likelihood at the limit: see constrainedLosses in tango.ts.
  const b = -gains - losses - (2 - gains + losses) * margin;
  const c = losses * margin * (1 + margin);
  const q = (Math.sqrt(Math.max(0, b * b - 8 * c)) - b) / 4;
  const atLimit = 2 * q - margin * (1 + margin);
  const excess = Math.sqrt(n) * (margin + change) - quantile * Math.sqrt(atLimit);
  const spread = (1 - drawn) * (gains + losses - change ** 2);
  return spread > 0 ? normalCdf(excess / Math.sqrt(spread), 0, 1) >= power : excess >= 0;
}

const normal = (level: number) => normalQuantile(1 - level, 0, 1);

/** Every policy of one target for each task, by sums over the tasks. */
function listPolicies(population: OutcomeTable): readonly Whole[] {
  const { columns, targets, rows } = population;
  const tasks = readTasks(population);
  const means = columns.map(({ quality }) => quality.reduce((sum, score) => sum + score, 0));
  const best = columns[means.indexOf(Math.max(...means))] ?? columns[0];
  const total = best?.cost.reduce((sum, nano) => sum + nano, 0) ?? 1;
  const none: Whole = { gains: 0, losses: 0, cost: 0 };
  return [...new Set(tasks)].reduce<readonly Whole[]>(
    (made, task) => {
      const options = targets.map((_, t) => {
        const sum = { gains: 0, losses: 0, cost: 0 };
        for (let row = 0; row < rows; row++) {
          if (tasks[row] !== task) continue;
          const change = (columns[t]?.quality[row] as number) - (best?.quality[row] as number);
          if (change > 0) sum.gains += change / micro / rows;
          else sum.losses -= change / micro / rows;
          sum.cost += (columns[t]?.cost[row] as number) / total;
        }
        return sum;
      });
      return made.flatMap((one) =>
        options.map((option) => ({
          gains: one.gains + option.gains,
          losses: one.losses + option.losses,
          cost: one.cost + option.cost,
        })),
      );
    },
    [none],
  );
}
