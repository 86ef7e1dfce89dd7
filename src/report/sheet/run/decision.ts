import { formatPercent, formatUsd } from '../../../units.ts';
import type { ReportData, ReportDecision } from '../../data/report-data.ts';
import type { Sheet } from '../../text/table.ts';
import { formatChange } from '../../text/verdict.ts';
import { toColumns } from '../sheet.ts';
import type { ReportPart } from './part.ts';

/** A policy or a target by what it costs and how good it is. */
export interface Mark {
  readonly name: string;
  readonly kind: 'target' | 'policy' | 'deployed' | 'today' | 'oracle';
  /** USD per request. */
  readonly cost: number;
  readonly quality: number;
}

/** Cost and quality of everything that could serve the requests. */
export function frontierPart({ decision }: ReportData): ReportPart | undefined {
  if (!decision || decision.frontier.steps.length === 0) return undefined;
  const { floors, drawnFrom } = decision;
  return {
    id: 'frontier',
    title: 'Cost and quality',
    lines: [
      `The line is the cheapest policy of its class (${decision.found.class}) at each quality, on these very requests: it is no claim about others. What is marked as proposed was tested on requests that did not choose it.`,
      ...(drawnFrom === undefined
        ? []
        : [
            `The line and the policies at other floors are of ${drawnFrom} requests, drawn at random.`,
          ]),
      ...(floors
        ? [
            `Policies at other floors were tested in the same way, each at an error of ${formatPercent(floors.alpha)}, so that all ${floors.floors.length} together are at ${formatPercent(floors.alpha * floors.floors.length)}, beside that of the decision itself.`,
          ]
        : []),
    ],
    sheets: [marksSheet(decision), ...(floors ? [floorsSheet(floors)] : []), stepsSheet(decision)],
  };
}

/** Every single target, what was compared with, today's, and what is proposed. */
export function listMarks({ found, frontier }: ReportDecision): Mark[] {
  const { deployed, baseline, rivals, certificate } = found;
  const certified = certificate?.certified ?? deployed;
  // The other rivals are single targets, which have a mark of their own.
  const named: readonly string[] = ['oracle', 'static-mix', 'policy'];
  return [
    ...frontier.singles.map(
      ({ name, costUsd, quality }): Mark => ({ name, kind: 'target', cost: costUsd, quality }),
    ),
    ...rivals
      .filter(({ kind }) => named.includes(kind))
      .map(({ name, kind, costUsd, quality }): Mark => {
        const isOracle = kind === 'oracle';
        const shown = isOracle ? 'oracle' : name;
        return { name: shown, kind: isOracle ? 'oracle' : 'policy', cost: costUsd, quality };
      }),
    {
      name: `today: ${baseline.name}`,
      kind: 'today',
      cost: baseline.costUsd,
      quality: baseline.quality,
    },
    ...(found.status === 'certified'
      ? [
          {
            name: 'proposed',
            kind: 'deployed',
            cost: certified.costUsd,
            quality: certified.quality,
          } as const,
        ]
      : []),
  ];
}

const marksSheet = (decision: ReportDecision): Sheet => ({
  title: 'Every target and policy',
  columns: toColumns('<name', '<kind', 'USD per 1,000 requests', 'quality'),
  rows: listMarks(decision).map(({ name, kind, cost, quality }) => [
    name,
    kind,
    formatUsd(1_000 * cost),
    formatPercent(quality),
  ]),
});

/** The policies at other floors, strictest first. */
const floorsSheet = ({ floors }: NonNullable<ReportDecision['floors']>): Sheet => ({
  title: 'Policies at other floors, each tested on requests that did not choose it',
  columns: toColumns(
    '<floor',
    '<verdict',
    'saving (95 %)',
    'USD per 1,000 requests',
    'quality',
    '<who answers',
  ),
  rows: floors.map(({ floor, verdict, why, policy }) => [
    floor,
    verdict,
    ...(policy
      ? [
          `${formatPercent(policy.saving.estimate)} (${formatPercent(policy.saving.low)} to ${formatPercent(policy.saving.high)})`,
          formatUsd(1_000 * policy.costUsd),
          formatPercent(policy.quality),
          listShares(policy.shares),
        ]
      : ['', '', '', why]),
  ]),
});

type Shares = readonly { readonly target: string; readonly share: number }[];

const listShares = (shares: Shares) =>
  shares.map(({ target, share }) => `${formatPercent(share)} ${target}`).join(', ');

/** A line of thousands of steps is read by its shape; some forty of them say the same. */
export function thinSteps<Step>(steps: readonly Step[]): Step[] {
  const every = Math.ceil(steps.length / 40);
  return steps.filter((_, index) => index % every === 0 || index === steps.length - 1);
}

const stepsSheet = ({ frontier }: ReportDecision): Sheet => ({
  title: 'Policies along the line, on these very requests and untested',
  columns: toColumns('quality', 'USD per 1,000 requests', 'saving', '<who answers'),
  rows: thinSteps(frontier.steps).map(({ quality, costUsd, saving, shares }) => [
    formatPercent(quality),
    formatUsd(1_000 * costUsd),
    formatPercent(saving),
    listShares(shares),
  ]),
});

/** Which requests go where, and what each rule saves and risks. */
export function rulesPart({ decision }: ReportData): ReportPart | undefined {
  if (!decision || decision.found.status === 'keep-current') return undefined;
  const { rules, findings } = decision.found;
  return {
    id: 'rules',
    title: 'Which requests go where',
    lines: findings.map(({ text }) => text),
    sheets: [
      {
        title: 'Rules, the first that matches decides',
        columns: toColumns(
          '<rule',
          '<goes to',
          '<then',
          'requests',
          'saves per 1,000',
          'quality change in points (95 %)',
        ),
        rows: rules.map(({ name, use, fallback, share, savesUsd, change }) => [
          name,
          use,
          fallback.join(', '),
          formatPercent(share),
          formatUsd(1_000 * savesUsd),
          formatChange(change),
        ]),
      },
    ],
  };
}
