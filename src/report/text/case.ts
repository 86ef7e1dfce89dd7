import type { Certificate } from '../../optimize/certify/certificate-report.ts';
import type { TimePercentiles } from '../../optimize/compare/service.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import { describeCondition } from '../../policy/explain.ts';
import { formatCount, formatMs, formatPercent, formatPoints, formatUsd } from '../../units.ts';
import { formatTable } from './table.ts';
import { type DecidedCase, describeVerdict, formatChange, nameTasks } from './verdict.ts';

const left = 'left' as const;

/** The case for a recommendation, as lines for people: the verdict, the rules, the evidence. */
export function describeCase(result: DecidedCase): string[] {
  const { found } = result;
  return [
    ...describeVerdict(result),
    '',
    ...(found.status === 'keep-current' ? [] : ruleLines(found)),
    `on all ${formatCount(result.requests)} requests, times as p50 and p99`,
    ...describeWays(listWays(found), found.rivals),
    ...wayNotes(result),
    '',
    ...certificateLines(found),
    ...firstLookLines(found),
    ...found.findings.map((finding) => `note: ${finding.text}`),
  ];
}

const ruleColumns = [
  { title: 'rule', align: left },
  { title: 'goes to', align: left },
  { title: 'requests' },
  { title: 'saves' },
  { title: 'points (95 %)' },
  { title: 'on an error or timeout', align: left },
  { title: 'takes', align: left },
];

function ruleLines(found: Recommendation): string[] {
  const { rules, deployed, baseline, taskChanges, certificate } = found;
  const { arm } = certificate ?? {};
  const rows = rules.map(({ name, use, fallback, share, savesUsd, change, when = {} }) => [
    name,
    use,
    formatPercent(share),
    formatUsd(1_000 * savesUsd),
    formatChange(change),
    fallback.join(', then ') || 'nothing else',
    Object.entries(when)
      .map(([key, condition]) => describeCondition(key, condition))
      .join(', ') || (rules.length > 1 ? 'every other request' : 'every request'),
  ]);
  const { costUsd, change } = deployed;
  const saved = formatUsd(1_000 * (baseline.costUsd - costUsd));
  const all = ['together', '', '100.0 %', saved, formatChange(change), '', ''];
  return [
    arm
      ? `the rules, for ${formatPercent(arm.share)} of the traffic: what each saves per 1,000 requests of all, and the change of quality, in points of 100, of those that follow it; together and by task: of all`
      : 'the rules: what each saves per 1,000 requests of all, and its change of quality in points of 100',
    ...formatTable(ruleColumns, arm || rows.length > 1 ? [...rows, all] : rows),
    ...taskLine(taskChanges),
    '',
  ];
}

/** Tasks that are named; the others lose less. */
const mostTasks = 5;

/** A mean over all requests says nothing about one task. */
function taskLine(tasks: Recommendation['taskChanges']): string[] {
  if (tasks.length === 0) return [];
  const losing = tasks.filter(({ estimate }) => estimate < 0);
  const rest = losing.length - mostTasks;
  const others = tasks.filter(({ estimate }) => estimate >= 0).map(({ task }) => task);
  const parts = [
    ...losing.slice(0, mostTasks).map((change) => `${change.task} ${formatChange(change)}`),
    ...(rest > 0 ? [`${rest} more lose less`] : []),
    ...(others.length > 0
      ? [
          `no loss measured on ${others.length > mostTasks ? `the other ${others.length}` : others.join(', ')}`,
        ]
      : []),
  ];
  return [`by task: ${parts.join('; ')}`];
}

const wayColumns = [
  { title: 'policy or target', align: left },
  { title: 'quality' },
  { title: '$/request' },
  { title: 'saving' },
  { title: 'failed' },
  { title: 'first token' },
  { title: 'last token' },
];

/** A way to serve the requests, by its name, and what it comes to. */
type Way = readonly [
  name: string,
  figures: Pick<Recommendation['rivals'][number], 'quality' | 'costUsd' | 'saving' | 'service'>,
];

function listWays(found: Recommendation): Way[] {
  const { status, certificate, deployed, keep, rules } = found;
  const arm = certificate?.arm;
  const own = rules.length === 1 ? 'this rule' : `these ${rules.length} rules`;
  const part = arm ? ` for ${formatPercent(arm.share)} of the traffic, the rest as today` : '';
  return [
    ...(status === 'certified'
      ? [[keep ? 'the policy in force' : `${own}${part}`, deployed] as const]
      : []),
    ...(found.infeasible || found.notFound
      ? []
      : [['cheapest in hindsight, not tested', found.inSample] as const]),
  ];
}

const rivalNames = {
  'keep-current': 'today',
  'best-single': 'best single target',
  'cheapest-single': 'cheapest single target',
  'static-mix': 'random split at the same cost',
  oracle: 'best per request, known afterwards',
  policy: 'policy',
} as const;

/** Ways and their rivals as a table; what has two names stands once. */
export function describeWays(ways: readonly Way[], rivals: Recommendation['rivals']): string[] {
  const titles = new Map<string, string[]>();
  for (const { kind, name } of rivals) {
    titles.set(name, [...(titles.get(name) ?? []), rivalNames[kind]]);
  }
  const named = [...titles].map(([name, kinds]): Way | undefined => {
    const rival = rivals.find((each) => each.name === name);
    const title = kinds.join(' and ');
    return rival && [rival.kind === 'oracle' ? title : `${title}: ${name}`, rival];
  });
  const all = [...ways, ...named.filter((way) => way !== undefined)];
  return formatTable(
    wayColumns,
    all.map(([name, { quality, costUsd, saving, service }]) => [
      name,
      formatPercent(quality),
      formatUsd(costUsd),
      formatPercent(saving),
      formatPercent(service.failedShare),
      formatTimes(service.ttftMs),
      formatTimes(service.latencyMs),
    ]),
  );
}

/** A percentile that the requests do not carry is left out. */
function formatTimes({ p50, p99 }: TimePercentiles): string {
  if (p50 === undefined) return '';
  return p99 === undefined ? formatMs(p50) : `${formatMs(p50)}, ${formatMs(p99)}`;
}

/** What the table alone would not tell. */
function wayNotes({ found, settings }: DecidedCase): string[] {
  const { certificate, status, optimal, bound, anyRouterUsd, infeasible, notFound } = found;
  const chose = certificate?.parts.choose ?? 0;
  const gap = optimal ? '' : ` by more than ${formatPercent(bound.gap)}`;
  return [
    ...(status === 'certified' && chose > 0
      ? [
          `(${formatCount(chose)} of these requests chose the rules; the certificate is about others)`,
        ]
      : []),
    ...(infeasible || notFound
      ? []
      : [
          `(in hindsight: no policy by ${found.class} is cheaper${gap} and meets what is asked here)`,
        ]),
    ...(anyRouterUsd === undefined || infeasible
      ? []
      : [
          `(no router that sees only the request can cost less than ${formatUsd(anyRouterUsd)} at the floor)`,
        ]),
    ...(settings.some(({ name }) => name === 'SLO')
      ? []
      : ['(no SLO is set, so times are shown and limit nothing: constraints.slo of arb.yaml)']),
  ];
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
  return units < parts.certify ? ` in ${formatCount(units)} sessions` : '';
}

function describeCertificate(certificate: Certificate): string[] {
  const { verdict, claim, parts, saving, why, report } = certificate;
  return [
    `certificate: ${verdict}: ${nameTasks(claim)} (chosen on ${formatCount(parts.choose)} requests, tested on ${formatCount(parts.certify)} others${inUnits(certificate)}; ${chanceOfError(certificate)})`,
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

/** What the error of a certificate is the chance of. */
function chanceOfError({ verdict, alpha }: Certificate): string {
  return verdict === 'PASS'
    ? `the chance of this PASS for a policy that breaks it is at most ${formatPercent(alpha)}`
    : `tested at an error of ${formatPercent(alpha)}`;
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
