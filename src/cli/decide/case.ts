import type { Certificate, Recommendation, RuleReport } from '../../index.ts';
import { formatPercent, formatPoints, formatUsd } from '../../index.ts';
import { formatTable } from '../terminal/table.ts';

const left = 'left' as const;
const wayColumns = [
  { title: 'way to serve these requests', align: left },
  { title: 'quality' },
  { title: '$/request' },
  { title: 'saving' },
];

const kinds = {
  'keep-current': 'keep current',
  'best-single': 'best single target',
  'cheapest-single': 'cheapest single target',
  'static-mix': 'same money, by a coin',
  oracle: 'oracle, beyond any router',
  policy: 'policy',
} as const;

/** The case for a recommendation, as lines for people. */
export function describeCase(found: Recommendation, requests: number): string[] {
  const { floor, baseline } = found;
  return [
    `${requests} requests; floor ${floor.text} = quality ${formatPercent(floor.quality)} here; savings against ${baseline.name}`,
    '',
    ...describeWays(wayRows(found), found.rivals),
    ...(found.infeasible ? [`infeasible: ${found.infeasible.text}`] : []),
    ...(found.notFound ? [`not found: ${found.notFound.text}`] : []),
    '',
    ...(found.status === 'keep-current' ? [] : ruleLines(found.rules)),
    ...firstLookLines(found),
    ...certificateLines(found.certificate),
    ...found.findings.map((finding) => `note: ${finding.text}`),
    statusLines[found.status],
  ];
}

function wayRows(found: Recommendation): Way[] {
  const gap = found.optimal ? 'gap 0' : `gap ${formatPercent(found.bound.gap)}`;
  return [
    ...(found.status === 'certified' ? [['CERTIFIED POLICY', found.deployed] as const] : []),
    ...(found.infeasible || found.notFound
      ? []
      : [[`in-sample optimum (${gap})`, found.inSample] as const]),
  ];
}

/** A way to serve the requests, by its name, and what it comes to. */
type Way = readonly [
  name: string,
  figures: { readonly quality: number; readonly costUsd: number; readonly saving: number },
];

/** Ways and their rivals as a table. */
export function describeWays(ways: readonly Way[], rivals: Recommendation['rivals']): string[] {
  const all: readonly Way[] = [
    ...ways,
    ...rivals.map((rival) => [`${kinds[rival.kind]}: ${rival.name}`, rival] as const),
  ];
  return formatTable(
    wayColumns,
    all.map(([name, { quality, costUsd, saving }]) => [
      name,
      formatPercent(quality),
      formatUsd(costUsd),
      formatPercent(saving),
    ]),
  );
}

const ruleColumns = [
  { title: 'rule', align: left },
  { title: 'goes to', align: left },
  { title: 'share' },
  { title: 'saves $/1000' },
  { title: 'quality change, 95 % limits' },
];

function ruleLines(rules: readonly RuleReport[]): string[] {
  const rows = rules.map(({ name, use, fallback, share, savesUsd, change }) => [
    name,
    [use, ...fallback].join(' > '),
    formatPercent(share),
    formatUsd(1_000 * savesUsd),
    `${formatPoints(change.estimate)} (${formatPoints(change.low)} to ${formatPoints(change.high)})`,
  ]);
  return [...formatTable(ruleColumns, rows), ''];
}

function firstLookLines({ firstLook }: Recommendation): string[] {
  if (!firstLook) return [];
  const { n, overFloor, saving } = firstLook;
  const broken = overFloor.estimate < 0 ? 'BREAKS the floor' : 'keeps the floor';
  return [
    `first look: the optimum of one half ${broken} on the ${n} requests of the other, by ${formatPoints(overFloor.estimate)} points (95 %: ${formatPoints(overFloor.low)} to ${formatPoints(overFloor.high)}), saving ${formatPercent(saving)}`,
  ];
}

function certificateLines(certificate: Certificate | undefined): string[] {
  if (!certificate)
    return ['no certificate was asked for: the figures above are of these rows only'];
  const { verdict, claim, parts, saving, why, report, alpha } = certificate;
  return [
    `certificate: ${verdict}: ${claim} (error ${formatPercent(alpha)}; chosen on ${parts.optimise} requests, tested on ${parts.certify} others)`,
    ...(saving
      ? [
          `  saving on the tested requests ${formatPercent(saving.estimate)} (95 %: ${formatPercent(saving.low)} to ${formatPercent(saving.high)})`,
        ]
      : []),
    ...(report
      ? [
          `  quality change on ${report.n} further requests ${formatPoints(report.estimate)} points (95 %: ${formatPoints(report.low)} to ${formatPoints(report.high)})`,
        ]
      : []),
    `  ${why}`,
  ];
}

const statusLines = {
  certified: 'status: certified; deploy it',
  'keep-current': 'status: keep current; nothing that saves has been shown to hold',
  uncertified: 'status: uncertified; not for deployment',
} as const;
