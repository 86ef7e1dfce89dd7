import { checkPolicy } from '../../src/optimize/check.ts';
import { recommendTable } from '../../src/optimize/recommend.ts';
import type { OutcomeTable } from '../../src/outcome/table.ts';
import { makePolicy } from '../../src/policy/write.ts';
import { ratioInterval } from '../../src/statistics/mean.ts';
import type { Interval } from '../../src/statistics/proportion.ts';
import { tangoInterval } from '../../src/statistics/tango.ts';
import { correlated, createTable, drawSessions, uniform } from './table.ts';

/** Least share of intervals at 95 % that must hold the truth. */
const least = 0.94;
const [loss, gain] = [0.08, 0.04];
/** The weak target's cost as a part of the strong one's, whole population. */
const costRatio = 0.3;
const margin = 0.1;

interface Drawn {
  readonly table: OutcomeTable;
  /** What limits by rows would be, as they were printed before sessions counted: of change and saving. */
  readonly byRows: { readonly change: Interval; readonly saving: Interval };
}

/** Sessions of 5 to 20 whose answers and costs agree (ICC 0.5). */
function drawTable(rows: number, seed: number): Drawn {
  const u = uniform(seed);
  const session = drawSessions(rows, [5, 20], u);
  const changes = correlated(session, 0.5, {
    u,
    draw: () => {
      const x = u();
      return x < loss ? -1 : x < loss + gain ? 1 : 0;
    },
  });
  const spread = () => 0.5 + u();
  const [strong, weak] = [1, costRatio].map((level) =>
    correlated(session, 0.5, { u, draw: spread }).map((factor) => 0.01 * level * factor),
  );
  const table = createTable({
    rows,
    seed,
    session,
    columns: [
      { name: 'strong', cost: 0.01, quality: (row) => ((changes[row] ?? 0) > 0 ? 0 : 1) },
      { name: 'weak', cost: 0.003, quality: (row) => ((changes[row] ?? 0) < 0 ? 0 : 1) },
    ],
  });
  for (const [t, costs] of [strong, weak].entries()) {
    table.columns[t]?.cost.set((costs ?? []).map((usd) => Math.round(usd * 1e9)));
  }
  const count = (sign: number) => changes.filter((d) => d === sign).length;
  const nano = (t: number) => table.columns[t]?.cost ?? new Float64Array();
  const costs = ratioInterval(nano(1), nano(0));
  return {
    table,
    byRows: {
      change: tangoInterval({ n: rows, gains: count(1), losses: count(-1) }),
      saving: { low: 1 - costs.high, high: 1 - costs.low },
    },
  };
}

interface Tally {
  shown: number;
  held: number;
  width: number;
  /** Of the same figure by rows, where there was one. */
  oldHeld: number;
  oldWidth: number;
  oldShown: number;
}

/**
 * Every interval that `arb check` and `arb recommend` print, on sessions of 5 to 20 whose answers and
 * costs agree (ICC 0.5): how often the truth lies between its limits, and how wide they are, beside
 * Tango's limits by rows, which is what 1c27949 printed.
 *
 * @returns what was missed, in words
 */
export function runCoverage({
  draws,
  seed,
}: {
  readonly draws: number;
  readonly seed: number;
}): string[] {
  const misses: string[] = [];
  console.log(`${draws} draws, sessions of 5 to 20, ICC 0.5; widths in points`);
  console.log(
    ' rows  interval                          printed    holds   width   by rows: holds   width',
  );
  for (const rows of [300, 1_000]) {
    const tallies = new Map<string, Tally>();
    for (let i = 0; i < draws; i++) {
      for (const shown of printed(drawTable(rows, seed * 1_000_003 + i))) add(tallies, shown);
    }
    for (const [name, tally] of tallies) {
      const { shown, held, width, oldShown, oldHeld, oldWidth } = tally;
      const share = (hits: number, n: number) => `${((100 * hits) / n).toFixed(1)} %`;
      const points = (sum: number, n: number) => ((100 * sum) / n).toFixed(1);
      const old =
        oldShown > 0
          ? `${share(oldHeld, oldShown).padStart(17)}${points(oldWidth, oldShown).padStart(8)}`
          : '';
      console.log(
        `${String(rows).padStart(5)}  ${name.padEnd(32)}${String(shown).padStart(9)}${share(held, shown).padStart(9)}${points(width, shown).padStart(8)}${old}`,
      );
      // Where fewer are printed than this, chance alone takes a true 95 % below the bar.
      if (shown >= 200 && held < least * shown)
        misses.push(`${name} on ${rows} rows holds the truth in ${share(held, shown)} only`);
    }
  }
  return misses;
}

interface Shown {
  readonly name: string;
  readonly limits: Interval;
  readonly truth: number;
  readonly old?: Interval;
}

function add(tallies: Map<string, Tally>, { name, limits, truth, old }: Shown): void {
  const none = { shown: 0, held: 0, width: 0, oldHeld: 0, oldWidth: 0, oldShown: 0 };
  const tally = tallies.get(name) ?? none;
  const holds = ({ low, high }: Interval) => low - 1e-9 <= truth && truth <= high + 1e-9;
  tally.shown++;
  if (holds(limits)) tally.held++;
  tally.width += limits.high - limits.low;
  if (old) {
    tally.oldShown++;
    if (holds(old)) tally.oldHeld++;
    tally.oldWidth += old.high - old.low;
  }
  tallies.set(name, tally);
}

const whole = makePolicy({
  status: 'uncertified',
  features: {},
  targets: { weak: {}, strong: {} },
  rules: [{ name: 'otherwise', use: 'weak' }],
});
const options = { by: [], baseline: 'strong', floor: `baseline-${margin}` } as const;
const [change, saving] = [gain - loss, 1 - costRatio];

function printed({ table, byRows }: Drawn): Shown[] {
  const checked = checkPolicy(table, { name: 'weak', policy: whole }, options);
  const [rule] = checked.rules;
  const found = recommendTable(table, { ...options, reportPart: 0.2 });
  const { firstLook, certificate, rules } = found;
  const share = certificate?.arm?.share ?? 1;
  const looked = (firstLook?.saving ?? 0) > 0;
  return [
    { name: 'check: change of quality', limits: checked.change, truth: change, old: byRows.change },
    { name: 'check: saving', limits: checked.saving, truth: saving, old: byRows.saving },
    ...(rule
      ? [{ name: 'check: change by rule', limits: rule.change, truth: change, old: byRows.change }]
      : []),
    ...(firstLook && looked
      ? [
          {
            name: 'first look: over the floor',
            limits: firstLook.overFloor,
            truth: change + margin,
          },
        ]
      : []),
    ...(certificate?.saving
      ? [{ name: 'certificate: saving', limits: certificate.saving, truth: share * saving }]
      : []),
    ...(certificate?.report
      ? [{ name: 'certificate: third part', limits: certificate.report, truth: change }]
      : []),
    ...rules.flatMap((one) =>
      one.use === 'weak'
        ? [{ name: 'recommend: change by rule', limits: one.change, truth: change }]
        : [],
    ),
  ];
}
