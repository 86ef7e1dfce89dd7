import type { Certificate } from '../../optimize/certify/certificate-report.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import type { RuleReport } from '../../optimize/rules/report-rules.ts';
import { formatPercent, formatPoints, formatUsd } from '../../units.ts';
import { formatTable } from './table.ts';
import { type DecidedCase, describeVerdict } from './verdict.ts';

const left = 'left' as const;
const wayColumns = [
  { title: 'policy or target', align: left },
  { title: 'quality' },
  { title: '$/request' },
  { title: 'saving' },
];

const kinds = {
  'keep-current': 'today',
  'best-single': 'best single target',
  'cheapest-single': 'cheapest single target',
  'static-mix': 'two targets by chance, at the same cost',
  oracle: 'best target for each request, known only afterwards',
  policy: 'policy',
} as const;

/** The case for a recommendation, as lines for people: the verdict, the rules, the evidence. */
export function describeCase(result: DecidedCase): string[] {
  const { found } = result;
  return [
    ...describeVerdict(result),
    '',
    ...(found.status === 'keep-current' ? [] : ruleLines(found.rules)),
    ...describeWays(wayRows(found), found.rivals),
    ...(found.anyRouterUsd === undefined || found.infeasible
      ? []
      : [
          `no router that sees only the request can cost less than ${formatUsd(found.anyRouterUsd)} at the floor`,
        ]),
    '',
    ...certificateLines(found),
    ...firstLookLines(found),
    ...found.findings.map((finding) => `note: ${finding.text}`),
  ];
}

function wayRows(found: Recommendation): Way[] {
  const gap = found.optimal
    ? `no policy by ${found.class} is cheaper`
    : `a policy by ${found.class} is cheaper by ${formatPercent(found.bound.gap)} at most`;
  return [
    ...certifiedRow(found),
    ...(found.infeasible || found.notFound
      ? []
      : [[`cheapest by hindsight, untested (${gap})`, found.inSample] as const]),
  ];
}

/** By the requests that tested it, for those that chose it flatter it. */
function certifiedRow({ status, certificate, deployed, baseline }: Recommendation): Way[] {
  if (status !== 'certified') return [];
  const { certified, certifiedBaseline, saving, parts } = certificate ?? {};
  if (!certified || !saving || !parts) return [['CERTIFIED POLICY', deployed]];
  const name = `CERTIFIED POLICY, on the ${parts.certify} requests that tested it`;
  return [
    [name, { ...certified, saving: saving.estimate }],
    ...(certifiedBaseline
      ? [
          [
            `today on the same ${parts.certify}: ${baseline.name}`,
            { ...certifiedBaseline, saving: 0 },
          ] as const,
        ]
      : []),
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
    ...rivals.map((rival) => [nameRival(rival), rival] as const),
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

function nameRival({ kind, name }: Recommendation['rivals'][number]): string {
  return kind === 'oracle' ? kinds[kind] : `${kinds[kind]}: ${name}`;
}

const ruleColumns = [
  { title: 'rule', align: left },
  { title: 'goes to > if that fails', align: left },
  { title: 'requests' },
  { title: 'saves per 1,000 of all' },
  { title: 'its quality change in points (95 %)' },
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

/** Beside a certificate the search's own half says nothing more. */
function firstLookLines({ firstLook, certificate }: Recommendation): string[] {
  if (!firstLook || certificate?.verdict === 'PASS') return [];
  const { n, overFloor, saving } = firstLook;
  const broken =
    overFloor.high < 0
      ? 'misses the floor'
      : overFloor.low > 0
        ? 'keeps the floor'
        : 'looks within noise of the floor';
  return [
    `the optimum of one half of the requests, untested, ${broken} on the ${n} of the other half by ${formatPoints(overFloor.estimate)} points (95 %: ${formatPoints(overFloor.low)} to ${formatPoints(overFloor.high)}), saving ${formatPercent(saving)}`,
  ];
}

function certificateLines({ certificate, infeasible, notFound }: Recommendation): string[] {
  if (notFound) return [`no certificate: no policy was found. ${notFound.text}`];
  if (infeasible) return ['no certificate: there is no policy to test'];
  if (!certificate) {
    return ['no certificate was asked for: the figures above are of these rows only'];
  }
  return describeCertificate(certificate);
}

/** ` in 120 sessions` where requests do not stand alone. */
function inUnits({ units, parts }: Certificate): string {
  return units < parts.certify ? ` in ${units} sessions` : '';
}

function describeCertificate(certificate: Certificate): string[] {
  const { verdict, claim, parts, saving, why, report, alpha } = certificate;
  return [
    `certificate: ${verdict}: ${claim} (chosen on ${parts.choose} requests, tested on ${parts.certify} others${inUnits(certificate)}; such a PASS is wrong in at most ${formatPercent(alpha)} of cases)`,
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
    ...(verdict === 'PASS' ? [`  ${assumption}`] : []),
    ...unjudgedLines(certificate),
    ...guardLines(certificate),
    ...(certificate.keptTasks.length > 0
      ? [`  left with the baseline for want of requests: ${certificate.keptTasks.join(', ')}`]
      : []),
    ...(certificate.looks > 3
      ? [`  look ${certificate.looks} at this run: the error of each is divided by that number`]
      : []),
  ];
}

/** What the guard of tasks left out that was likely to pass. */
function guardLines({ guardedTasks, mostTaskLoss = 0 }: Certificate): string[] {
  if (guardedTasks.length === 0) return [];
  return [
    `  left out: cheaper policies that are forecast to lose more than ${formatPoints(mostTaskLoss).replace('+', '')} points on ${guardedTasks.join(', ')} (--allow-task-loss lets them be tested)`,
  ];
}

/** What no test on recorded requests can show. */
const assumption =
  'it holds for traffic like these requests: an outage, a changed model or a kind of request that none of them shows is not covered (arb check on later requests says what changed)';

/** What rows without a score cost, and how to be rid of them. */
function unjudgedLines({ unjudgedShare }: Certificate): string[] {
  if (unjudgedShare === 0) return [];
  return [
    `  ${formatPercent(unjudgedShare)} of the tested requests have no score and count as lost where they are more than a tenth of the margin: arb judge RUN scores them`,
  ];
}
