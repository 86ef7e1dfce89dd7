import { formatPercent, formatPoints, formatUsd } from '../../../units.ts';
import type { ReportData, ReportDecision } from '../../data/report-data.ts';
import { describeVerdict } from '../../text/verdict.ts';
import type { TextReport } from '../sheet.ts';
import { certificatePart, selfPart } from './certificate.ts';
import { frontierPart, rulesPart } from './decision.ts';
import { latencyPart } from './latency.ts';
import { failuresPart, pricesPart, routesPart } from './money.ts';
import type { ReportPart } from './part.ts';
import { judgesPart, tasksPart } from './quality.ts';
import { requestsPart } from './requests.ts';

/** A report of a run as text: the answer first, then the chapters that it stands on. */
export interface RunReport extends TextReport {
  /** What to do, in one sentence. */
  readonly answer: string;
  /** What else is to be known of it. */
  readonly notes: readonly string[];
  /** The figures that a reader looks for first: a value, and what it is. */
  readonly facts: readonly (readonly [value: string, what: string])[];
  /** What was measured, when and from where. */
  readonly measured: string;
  readonly parts: readonly ReportPart[];
}

/** What every form of a report is drawn from. */
export function describeRun(data: ReportData): RunReport {
  const { decision, undecided, checked, manifest, summary } = data;
  const [answer = undecided ?? 'Nothing was decided on this run.', ...said] = decision
    ? describeVerdict(decision)
    : [];
  const notes = [
    ...manifest.invalid.map((fault) => `Not valid: ${fault}`),
    ...(checked
      ? [
          `${checked.file}: ${checked.report.verdict}: ${checked.report.claim}: ${checked.report.why}`,
        ]
      : []),
    ...said,
  ];
  const facts = listFacts(data);
  const measured = `${manifest.workload.requests} requests of ${manifest.workload.file}, ${summary.targets.length} targets, measured ${manifest.started_at.slice(0, 16).replace('T', ' ')} UTC, vantage: ${manifest.vantage.name}.`;
  const parts = [
    frontierPart(data),
    latencyPart(data),
    rulesPart(data),
    routesPart(data),
    tasksPart(data),
    failuresPart(data),
    judgesPart(data),
    pricesPart(data),
    certificatePart(data),
    selfPart(data),
    requestsPart(data),
  ].filter((part) => part !== undefined);
  return {
    title: `arb report: ${data.dir}`,
    lines: [
      answer,
      ...notes,
      facts.map(([value, what]) => `${value} ${what}`).join('; '),
      measured,
    ],
    sheets: [],
    answer,
    notes,
    facts,
    measured,
    parts,
  };
}

function listFacts({ decision, summary: { total } }: ReportData): RunReport['facts'] {
  return [
    ...(decision ? decisionFacts(decision) : []),
    [String(total.requests), 'requests over all targets'],
    [formatUsd(total.cost.total_usd), 'spent on measuring'],
  ];
}

function decisionFacts({ found, volume }: ReportDecision): RunReport['facts'] {
  const { certificate, deployed, baseline } = found;
  const saving = certificate?.saving;
  const share = saving?.estimate ?? deployed.saving;
  const limits = saving ? ` (${formatPercent(saving.low)} to ${formatPercent(saving.high)})` : '';
  const amount = baseline.costUsd * share * volume.requests;
  const count = volume.requests.toLocaleString('en-US');
  const per = volume.per === 'month' ? `a month at ${count} requests` : 'per 1,000 requests';
  return [
    [`${formatPercent(share)}`, `saving against ${baseline.name}${limits}`],
    [formatUsd(amount), `saved ${per}`],
    changeFact(found),
  ];
}

/** Of rows that nobody chose by where some were kept for that; else of those that tested it. */
function changeFact({
  certificate,
  deployed,
  baseline,
}: ReportDecision['found']): readonly [string, string] {
  const points = (change: number) => `${formatPoints(change)} points`;
  const { report, certified, certifiedBaseline } = certificate ?? {};
  if (report) {
    const limits = `${formatPoints(report.low)} to ${formatPoints(report.high)}`;
    return [points(report.estimate), `quality, on ${report.n} requests kept for it (${limits})`];
  }
  if (certified && certifiedBaseline) {
    const change = certified.quality - certifiedBaseline.quality;
    return [points(change), 'quality, on the requests that tested it'];
  }
  return [points(deployed.quality - baseline.quality), 'quality, on all requests'];
}
