import type { Certificate } from '../../optimize/certify/certificate-report.ts';
import type { QualityChange } from '../../optimize/compare/paired.ts';
import type { Recommendation } from '../../optimize/recommendation.ts';
import type { Setting, SettingSource } from '../../optimize/setting.ts';
import type { Policy } from '../../policy/policy.ts';
import { formatCount, formatMs, formatPercent, formatPoints, formatUsd } from '../../units.ts';

/** A recommendation with what is said beside it. */
export interface DecidedCase {
  readonly found: Recommendation;
  /** What is to be in force: something new, what runs, the baseline, or nothing that can be written. */
  readonly inForce: {
    readonly kind: 'new' | 'same' | 'baseline' | 'none';
    readonly policy?: Policy;
  };
  /** Requests it was decided on. */
  readonly requests: number;
  /** Run directories it was decided on; empty for a table that is no run's. */
  readonly runs: readonly string[];
  readonly settings: readonly Setting[];
  /** Kinds of score in the table: `check`, `pairwise`, `rubric`; empty where it does not say. */
  readonly scores: readonly string[];
  /** Targets of the policy that were measured at a simulator or a local server. */
  readonly local: readonly string[];
  /** What amounts of money are multiplied by. */
  readonly volume: Volume;
}

/** How many requests a saving is multiplied by, so that it is an amount somebody knows. */
export interface Volume {
  readonly requests: number;
  readonly per: 'month' | '1000 requests';
  /** Said in the request, or from the instants of the log; absent per 1,000 requests. */
  readonly from?: 'request' | 'log';
  /** What the log has, where the volume is from there. */
  readonly log?: { readonly requests: number; readonly spanMs: number };
}

/** The decision in one sentence, with money, then what it is held to. */
export function describeVerdict(result: DecidedCase): string[] {
  return [
    sentence(result),
    ...describeLocal(result),
    ...describeMoney(result),
    ...describeService(result),
    ...describeRisks(result),
    ...describeFallbacks(result),
    heldTo(result),
    ...describeSettings(result.settings),
    describeQuality(result),
  ];
}

/**
 * Rules under which a task may lose more than twice the margin, by their limits, each with the line
 * of arb.yaml that forbids it. A floor over all requests says nothing about one task.
 */
function describeRisks({ found, settings }: DecidedCase): string[] {
  const own = new Map(
    settings.flatMap(({ name, value }) => {
      const [, task, floor] = name === 'floor for task' ? (/^(.*) (\S+)$/.exec(value) ?? []) : [];
      return task !== undefined && floor !== undefined ? [[task, toMargin(floor)] as const] : [];
    }),
  );
  const margin = toMargin(found.floor.text);
  if (found.status === 'keep-current' || !(margin > 0)) return [];
  const named = new Set<string>();
  const ofRules = found.rules.flatMap(({ name, use, when, change }) => {
    const tasks = when?.task ?? [];
    // A task with a floor of its own was asked about: its rules are measured by that.
    const asked = Math.max(margin, ...tasks.map((task) => own.get(task) ?? 0));
    if (change.low >= -2 * asked || use === found.baseline.name) return [];
    for (const task of tasks) named.add(task);
    const forbid =
      tasks.length > 0
        ? `quality.per_task: {${tasks.map((task) => `${task}: ${found.floor.text}`).join(', ')}}`
        : `policy.forbid: [${use}]`;
    return `risk: the requests of rule ${name} ${describeLoss(change)}; to forbid it, write ${forbid} into arb.yaml`;
  });
  // A rule over several tasks may hide what one of them loses.
  const losing = found.taskChanges.filter(
    ({ task, estimate, low }) =>
      !named.has(task) && estimate < 0 && low < -2 * Math.max(margin, own.get(task) ?? 0),
  );
  return [...ofRules, ...describeTaskRisks(losing, found.floor.text)];
}

/** The tasks that lose most, each with the line of arb.yaml that forbids it. */
function describeTaskRisks(losing: Recommendation['taskChanges'], floor: string): string[] {
  const worst = losing.toSorted((a, b) => a.low - b.low);
  const rest = worst.length - mostTaskRisks;
  return [
    ...worst
      .slice(0, mostTaskRisks)
      .map(
        (change) =>
          `risk: task ${change.task} ${describeLoss(change)}; to forbid it, write quality.per_task: {${change.task}: ${floor}} into arb.yaml`,
      ),
    ...(rest > 0 ? [`risk: ${rest} more tasks may lose more than twice the margin`] : []),
  ];
}

const mostTaskRisks = 3;

const describeLoss = ({ estimate, low }: { readonly estimate: number; readonly low: number }) =>
  `may lose up to ${formatPoints(-low).replace('+', '')} points of quality (measured: ${formatPoints(estimate)}, with 95 % limits)`;

/** 0.02 of `baseline-0.02`; NaN of an absolute floor. */
const toMargin = (floor: string) => Number(/-(0?\.\d+)$/.exec(floor)?.[1]);

/** Rules whose fallbacks are all of the maker of the first choice: a failure there may be one of all. */
function describeFallbacks({ found }: DecidedCase): string[] {
  if (found.status === 'keep-current') return [];
  return found.rules.flatMap(({ name, fallback, chain }) =>
    fallback.length > 0 && chain.weakness !== undefined
      ? [`risk: rule ${name} has ${chain.weakness}: what breaks one may break its fallback`]
      : [],
  );
}

function sentence(result: DecidedCase): string {
  const { found, inForce } = result;
  switch (found.status) {
    case 'certified':
      return inForce.kind === 'same' ? unchanged(result) : deploy(result);
    case 'uncertified':
      return `Not for deployment: the cheapest policy on these very requests ${saves(result)}; nothing is shown about others. Leave out --no-certify to have it tested.`;
    case 'keep-current':
      return `${keep(result)}: ${whyNot(result)}.`;
  }
}

function deploy(result: DecidedCase): string {
  const { found } = result;
  const { certificate, rules, baseline } = found;
  const moved = rules.filter(({ use }) => use !== baseline.name);
  const share = moved.reduce((sum, rule) => sum + rule.share, 0);
  const names = listNames([...new Set(moved.map(({ use }) => use))]);
  const count = rules.length === 1 ? '1 rule' : `${rules.length} rules`;
  if (certificate?.arm) return deployArm(result, certificate.arm);
  const moving = share > 0.9995 ? 'all requests' : `${formatPercent(share)} of the requests`;
  return `Route ${moving} to ${names} (${count}): ${saves(result)}; ${shown(certificate)}.`;
}

/** A share was shown to hold and the whole was not: what to send now, and what would decide the rest. */
function deployArm(result: DecidedCase, { share, by }: NonNullable<Certificate['arm']>): string {
  const { certificate, rules, baseline } = result.found;
  const passed = certificate?.trials.findLast((trial) => trial.passed);
  const claim = passed?.tests[0]?.claim ?? certificate?.claim ?? 'not tested';
  const whole = certificate?.neededForAll;
  const next = whole
    ? `${whole.more} would decide whether all may follow`
    : 'that all may follow is not shown';
  const whom = by === 'session' ? 'sessions' : 'requests';
  const [only] = rules;
  const where = rules.length === 1 && only ? `to ${only.use}` : `by these ${rules.length} rules`;
  return `Send a random ${formatPercent(share)} of the ${whom} ${where} and keep the rest with ${baseline.name}: ${saves(result)}; ${claim.replace(` in the arm of ${Math.round(100 * share)} %`, ' for those that follow')}; ${next}.`;
}

/** What was shown, in words for somebody who has not met a certificate. */
function shown(certificate: Certificate | undefined): string {
  if (!certificate) return 'not tested';
  const claim = nameTasks(certificate.claim).replaceAll(
    /within (0?\.\d+)/g,
    (all, part) => `${all} (${Number((100 * part).toFixed(4))} points)`,
  );
  return `shown on ${formatCount(certificate.parts.certify)} requests that it was not chosen on: ${claim}`;
}

/** A claim for people: `of task code` for `of task=code`. */
export const nameTasks = (claim: string) => claim.replaceAll('of task=', 'of task ');

function unchanged(result: DecidedCase): string {
  const { certificate } = result.found;
  const hold = certificate?.kept;
  const { estimate = 0, low = 0, high = 0 } = hold?.saving ?? {};
  if (!hold || (low === 0 && high === 0)) {
    return 'Nothing to deploy: what was found is the policy in force.';
  }
  if (estimate <= 0) {
    return `Nothing to deploy: ${hold.name} is not shown to break what is asked, and nothing that was found costs less.`;
  }
  return `Nothing to deploy: ${hold.name} is not shown to break what is asked, and the best change would save ${formatPercent(estimate)} (${formatPercent(low)} to ${formatPercent(high)}), not surely more than ${formatPercent(hold.hysteresis)}.`;
}

/** The saving with its limits and what it is a month, or per 1,000 requests. */
function saves({ found, volume }: DecidedCase): string {
  const { certificate, deployed, baseline } = found;
  const saving = certificate?.saving;
  const share = saving ? formatSaving(saving) : formatPercent(deployed.saving);
  const amount = baseline.costUsd * (saving?.estimate ?? deployed.saving) * volume.requests;
  const per =
    volume.per === 'month'
      ? `about ${formatUsd(amount)} a month`
      : `${formatUsd(amount)} per 1,000 requests (--volume N says it by month)`;
  const whom =
    baseline.kind === 'recorded' ? 'what the log paid (recorded)' : `the cost of ${baseline.name}`;
  return `saves ${share} of ${whom}, ${per}`;
}

/** A saving with its limits, where they differ: prices that differ by one ratio have none. */
export function formatSaving({ estimate, low, high }: QualityChange, title = ''): string {
  const limits = [low, high].map(formatPercent);
  const own = formatPercent(estimate);
  return limits.every((limit) => limit === own) ? own : `${own} (${title}${limits.join(' to ')})`;
}

/** What users meet beside quality, on all requests, and whether anything limits it. */
function describeService({ found, settings }: DecidedCase): string[] {
  const { deployed, rivals, status } = found;
  const today = rivals.find(({ kind }) => kind === 'keep-current')?.service;
  if (status === 'keep-current' || !today) return [];
  const { service } = deployed;
  const times = (
    [
      ['first token', 'ttftMs'],
      ['last token', 'latencyMs'],
    ] as const
  ).flatMap(([what, key]) =>
    (['p50', 'p99'] as const).flatMap((at) => {
      const [now, then] = [service[key][at], today[key][at]];
      if (now === undefined || then === undefined) return [];
      return [`${what} ${at} ${formatMs(now)} (today ${formatMs(then)})`];
    }),
  );
  const failed = `failed ${formatPercent(service.failedShare)} (today ${formatPercent(today.failedShare)})`;
  const limited = settings.some(({ name }) => name === 'SLO')
    ? ''
    : '; no SLO limits it (constraints.slo of arb.yaml)';
  return [`users meet: ${[...times, failed].join(', ')}${limited}`];
}

/** What a score is the mean of. */
function describeQuality({ scores }: DecidedCase): string {
  const by = scores.map((kind) => scoredBy.get(kind) ?? kind).join('; ');
  return `quality is the mean score of the answers, 100 % where all are right${by === '' ? '' : `, scored by ${by}`}`;
}

const scoredBy: ReadonlyMap<string, string> = new Map([
  ['check', 'the checks of the workload (expect)'],
  ['pairwise', "judges that compare with the baseline's answer"],
  ['rubric', 'judges that follow a rubric'],
]);

/** What was measured at this machine says nothing about the provider of that name. */
function describeLocal({ found, local }: DecidedCase): string[] {
  if (found.status === 'keep-current' || local.length === 0) return [];
  const all = found.rules.every(({ use }) => local.includes(use));
  return [
    `measured on this machine, at a simulator or a local server: ${all ? 'all of it' : local.join(', ')}; routes.yaml has that address, and an export repeats it`,
  ];
}

/** How an amount a month was worked out. */
function describeMoney({ found, volume }: DecidedCase): string[] {
  const { baseline, status } = found;
  if (status === 'keep-current' || volume.per !== 'month') return [];
  const { requests, log } = volume;
  const rate = log
    ? `: the log's ${formatCount(log.requests)} in ${formatSpan(log.spanMs)}, at that rate day and night (--volume N says another number)`
    : '';
  return [
    `a month: ${formatUsd(baseline.costUsd * requests)} today, ${formatCount(requests)} requests at ${formatUsd(baseline.costUsd)} each${rate}`,
  ];
}

const hourMs = 3_600_000;

/** `9.3 hours`, `12.5 days`. */
function formatSpan(spanMs: number): string {
  const hours = spanMs / hourMs;
  return hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
}

/** Points with their 95 % limits: `-0.9 (-5.0 to +2.5)`. */
export const formatChange = ({ estimate, low, high }: QualityChange) =>
  `${formatPoints(estimate)} (${formatPoints(low)} to ${formatPoints(high)})`;

function keep({ inForce, found }: DecidedCase): string {
  switch (inForce.kind) {
    case 'same':
      return 'Keep the policy in force';
    case 'none':
      return 'Keep what runs';
    case 'new':
    case 'baseline':
      return `Keep ${found.baseline.name}`;
  }
}

function whyNot({ found }: DecidedCase): string {
  const { certificate, infeasible, notFound } = found;
  if (notFound) return `not found: ${trimStop(notFound.text)}`;
  if (infeasible) return `infeasible: ${trimStop(infeasible.text)}`;
  if (!certificate) return 'nothing that saves was found';
  if (certificate.verdict === 'INCONCLUSIVE') {
    return certificate.needed
      ? `too few requests to show that anything cheaper holds: ${trimStop(certificate.why)}`
      : `nothing cheaper is shown to hold (${trimStop(certificate.why)})`;
  }
  return `nothing cheaper keeps the floor (${trimStop(certificate.why)})`;
}

const trimStop = (text: string) => text.replace(/[.\s]+$/, '');

function heldTo({ requests, runs }: DecidedCase): string {
  const of = runs.length > 0 ? ` of ${runs.join(', ')}` : '';
  return `decided on ${formatCount(requests)} requests${of}`;
}

const sources: Readonly<Record<SettingSource, string>> = {
  request: 'as you said',
  policy: "the policy's own",
  config: 'arb.yaml',
  run: "the run's own",
  default: 'default',
};

/** What a decision is held to, each with who said so. */
export function describeSettings(settings: readonly Setting[]): string[] {
  const said = settings.map(({ name, value, from }) => `${name} ${value} (${sources[from]})`);
  return said.length === 0 ? [] : [`held to ${said.join('; ')}`];
}

/** `a`, `a and b`, `a, b and c`. */
function listNames(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
