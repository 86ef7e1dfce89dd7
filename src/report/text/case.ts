import type { Certificate } from '../../optimize/certify/certificate-report.ts';
import type { TimePercentiles } from '../../optimize/compare/service.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import { describeCondition } from '../../policy/explain.ts';
import type { Policy } from '../../policy/policy.ts';
import { formatCount, formatMs, formatPercent, formatPoints, formatUsd } from '../../units.ts';
import { describeNeeds } from './needs.ts';
import { formatTable } from './table.ts';
import {
  type DecidedCase,
  describeVerdict,
  formatChange,
  formatSaving,
  nameTasks,
} from './verdict.ts';

const left = 'left' as const;

/** The case for a recommendation, as lines for people: the verdict, the rules, the evidence. */
export function describeCase(result: DecidedCase): string[] {
  const { found, inForce } = result;
  const tested =
    found.status === 'certified' ? ' (the certificate is about the first line alone)' : '';
  return [
    ...describeVerdict(result),
    '',
    ...(found.status === 'keep-current' ? [] : ruleLines(result)),
    ...(found.status === 'keep-current' ? [] : needLines(inForce.policy)),
    `ways to serve all ${formatCount(result.requests)} requests${tested}; times as p50, and p99 where there are enough`,
    ...describeWays(listWays(found), found.rivals),
    ...wayNotes(found),
    '',
    ...certificateLines(found),
    ...firstLookLines(found),
    ...found.findings.map((finding) => `note: ${finding.text}`),
  ];
}

function needLines(policy: Policy | undefined): string[] {
  const needs = policy ? describeNeeds(policy) : [];
  return needs.length > 0 ? [...needs, ''] : [];
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

function ruleLines({ found, volume }: DecidedCase): string[] {
  const { rules, deployed, baseline, certificate } = found;
  const { arm } = certificate ?? {};
  const part = arm?.share ?? 1;
  const rows = rules.map(({ name, use, fallback, share, savesUsd, change, when = {} }) => [
    name,
    use,
    formatPercent(part * share),
    formatUsd(volume.requests * savesUsd),
    formatChange(change),
    fallback.join(', then ') || 'nothing else',
    Object.entries(when)
      .map(([key, condition]) => describeCondition(key, condition))
      .join(', ') ||
      `${rules.length > 1 ? 'every other request' : 'every request'}${arm ? ` of these ${arm.by}s` : ''}`,
  ]);
  const { costUsd, change } = deployed;
  const saved = formatUsd(volume.requests * (baseline.costUsd - costUsd));
  const all = ['all traffic', '', formatPercent(part), saved, formatChange(change), '', ''];
  const per = volume.per === 'month' ? 'a month' : 'per 1,000 requests of all';
  return [
    `each rule: the share of all requests it takes, what it saves ${per}, and the change of their quality in points of 100`,
    ...formatTable(ruleColumns, arm || rows.length > 1 ? [...rows, all] : rows),
    ...taskLines(found),
    '',
  ];
}

/** Tasks that are named; the others lose less. */
const mostTasks = 10;

/** A mean over all requests says nothing about one task. */
function taskLines({ taskChanges, certificate }: Recommendation): string[] {
  if (taskChanges.length === 0) return [];
  const rest = taskChanges.length - mostTasks;
  const title = certificate?.arm ? 'task, all its traffic' : 'task';
  return [
    '',
    ...formatTable(
      [{ title, align: left }, { title: 'requests' }, { title: 'points (95 %)' }],
      taskChanges
        .slice(0, mostTasks)
        .map((task) => [task.task, formatCount(task.requests), formatChange(task)]),
    ),
    ...(rest > 0 ? [`(${rest} more tasks lose less)`] : []),
  ];
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
      : [['cheapest rules that meet the floors here', found.inSample] as const]),
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
function wayNotes(found: Recommendation): string[] {
  const { certificate, status, optimal, bound, anyRouterUsd, infeasible, notFound } = found;
  const { choose = 0, certify = 0 } = certificate?.parts ?? {};
  const gap = optimal ? '' : `, to within ${formatPercent(bound.gap)}`;
  return [
    ...(certificate?.arm ? ['(times of a split are not worked out)'] : []),
    ...(status === 'certified' && choose > 0
      ? [
          `(${formatCount(choose)} of these requests chose the rules, which flatters them here; what is claimed was shown on the other ${formatCount(certify)})`,
        ]
      : []),
    ...(infeasible || notFound
      ? []
      : [`(cheapest rules: the optimum over all policies by ${found.class}${gap})`]),
    ...(anyRouterUsd === undefined || infeasible
      ? []
      : [
          `(no router that sees only the request can cost less than ${formatUsd(anyRouterUsd)} at the floor)`,
        ]),
  ];
}

/** Beside a certificate the search's own half says nothing more. */
function firstLookLines({ firstLook, certificate }: Recommendation): string[] {
  if (!firstLook || certificate) return [];
  const { n, overFloor, saving } = firstLook;
  const broken =
    overFloor.high < 0
      ? 'it misses the floor'
      : overFloor.low > 0
        ? 'it keeps the floor'
        : 'within noise of the floor';
  const distance = `${formatPoints(Math.abs(overFloor.estimate)).replace('+', '')} points ${overFloor.estimate < 0 ? 'below' : 'above'} the floor`;
  return [
    `a first look, no proof: the cheapest rules by one half of the requests save ${formatPercent(saving)} on the ${formatCount(n)} of the other and are ${distance} there (95 %: ${formatPoints(overFloor.low)} to ${formatPoints(overFloor.high)}): ${broken}`,
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
    `certificate: ${verdict}: ${nameTasks(trialClaim(certificate) ?? claim)} (chosen on ${formatCount(parts.choose)} requests, tested on ${formatCount(parts.certify)} others${inUnits(certificate)}; ${chanceOfError(certificate)})`,
    ...(saving ? [`  saving on the tested requests ${formatSaving(saving, '95 %: ')}`] : []),
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

/** Of a share the claim of its own test, which is also about those that follow it. */
const trialClaim = ({ arm, trials }: Certificate) =>
  arm && trials.findLast(({ passed }) => passed)?.tests[0]?.claim;

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
  'it holds for traffic like these requests: an outage, a changed model or a kind of request that none of them shows is not covered, nor are fallbacks (arb check on later requests says what changed)';

/** What rows without a score cost, and how to be rid of them. */
function unjudgedLines({ unjudgedShare }: Certificate): string[] {
  if (unjudgedShare === 0) return [];
  return [
    `  ${formatPercent(unjudgedShare)} of the tested requests have no score and count as lost where they are more than a tenth of the margin: arb judge RUN scores them`,
  ];
}
