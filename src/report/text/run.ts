import type { Arbitrage } from '../../arbitrage/arbitrage.ts';
import { shellWord } from '../../encode.ts';
import { type ExitCode, exitCodes } from '../../errors.ts';
import type { JudgingReport } from '../../judge/judging-report.ts';
import type { RunSummary, RunTargetSummary } from '../../store/summary.ts';
import { formatMs, formatPercent, formatUsd } from '../../units.ts';
import { describeArbitrage } from './arbitrage.ts';
import { calibrationLine } from './calibration.ts';
import { describeJudging } from './judging.ts';
import { goodputCell, sloLines } from './slos.ts';
import { formatTable } from './table.ts';

/** How a run ended, and what is said beside its summary. */
export interface EndedRun {
  readonly why: 'done' | 'interrupted' | 'deadline' | 'budget';
  readonly exitCode: ExitCode;
  /** The first words of each kind of failure, by target and status. */
  readonly errors: readonly {
    readonly target: string;
    readonly status: string;
    readonly error: string;
  }[];
  /** Models that have several routes, side by side. */
  readonly arbitrage?: Arbitrage;
  readonly judging?: JudgingReport;
  /** Why the judges did not judge, where they were refused. */
  readonly refused?: string;
}

/** The end of a bench as lines for people; `command` is the one that made it, without where and how. */
export function describeResult(
  { why, arbitrage, judging, refused, errors, exitCode }: EndedRun,
  summary: RunSummary,
  command = 'arb bench WORKLOAD',
): string[] {
  const resume = `next: ${command} --out ${shellWord(summary.run)} --resume`;
  const columns = [
    { title: 'target', align: 'left' as const },
    { title: 'ok' },
    { title: 'failed' },
    { title: 'quality' },
    { title: '$/completed' },
    { title: 'total' },
    { title: 'TTFT p50' },
    { title: 'p99' },
    { title: 'latency p50' },
    { title: 'p99' },
    ...(summary.targets.some(({ goodput }) => goodput) ? [{ title: 'goodput' }] : []),
  ];
  return [
    ...formatTable(
      columns,
      summary.targets.map((target) => toCells(target, summary.shared)),
    ),
    ...sharedLine(summary),
    ...summary.targets.flatMap((target) => describeFailures(target, errors)),
    ...summary.targets.flatMap((target) => unscoredLine(target, refused ?? judging?.stopped)),
    ...sloLines(summary.targets),
    ...summary.targets.flatMap(billLines),
    ...(summary.mismatches ?? []).map(mismatchLine),
    ...(arbitrage ? describeArbitrage(arbitrage) : []),
    ...(summary.calibration ? [calibrationLine(summary.calibration)] : []),
    ...summary.invalid.map((fault) => `NOT VALID: ${fault}`),
    ...(judging ? describeJudging(judging) : []),
    ...(refused === undefined
      ? []
      : [
          ...refused.split('\n').map((line) => `NOT JUDGED: ${line}`),
          'arb judge scores the answers that are there, and asks the targets nothing',
        ]),
    ...(exitCode === exitCodes.targets
      ? [failedEnding(summary), resume]
      : why === 'done' && judging?.stopped !== undefined
        ? [unjudgedEnding(summary, judging.stopped), resume]
        : describeEnding(why, summary, {
            resume,
            decide: toDecision(summary, refused),
          })),
  ];
}

/** What of a target's bills is not known, or taken for the dearer of two readings, by the field. */
export function billLines({ target, cost }: Pick<RunTargetSummary, 'target' | 'cost'>): string[] {
  const unknown = Object.entries(cost.unknown_fields ?? {});
  const assumed = Object.entries(cost.assumed_fields ?? {});
  const attempts = (n: number) => (n === 1 ? '1 attempt' : `${n} attempts`);
  return [
    ...unknown.map(
      ([field, n]) => `  ${target}: the cost of ${attempts(n)} is not known: ${whyUnknown(field)}`,
    ),
    ...assumed.map(
      ([field, n]) =>
        `  ${target}: ${attempts(n)} counted in the dearer of two readings: nothing says which (${field})`,
    ),
  ];
}

function whyUnknown(field: string): string {
  if (field === 'usage') return 'no usage was sent';
  if (field === 'price') return 'the model has no price. Give price: {input, output} in arb.yaml';
  return `${field} has no price. Give it under price: in arb.yaml`;
}

function mismatchLine({
  target,
  attempts,
  reported_usd,
  computed_usd,
}: NonNullable<RunSummary['mismatches']>[number]): string {
  return `  ${target}: ${attempts} attempts reported ${formatUsd(reported_usd)} where tokens and prices make ${formatUsd(computed_usd)}; the reported cost counts`;
}

function unjudgedEnding({ run }: RunSummary, stopped: string): string {
  const raise = stopped === 'budget' ? '; raise budget.max_usd, then' : '';
  return `kept in ${run}; its judging was stopped: ${stopped}${raise}`;
}

function describeEnding(
  why: EndedRun['why'],
  { run, invalid }: RunSummary,
  { resume, decide }: { readonly resume: string; readonly decide: readonly string[] },
): string[] {
  switch (why) {
    case 'done':
      return invalid.length === 0
        ? [`kept in ${run}`, ...decide]
        : [
            `kept in ${run}, whose times cannot be trusted: bench again where arb has a core of its own (arb doctor), or decide by cost and quality alone`,
            ...decide,
          ];
    case 'interrupted':
      return [`interrupted; kept in ${run}`, resume];
    case 'deadline':
      return [`stopped at its time limit; kept in ${run}`, resume];
    case 'budget':
      return [`stopped at its budget; kept in ${run}; raise budget.max_usd, then`, resume];
  }
}

/** The step from a run to a decision: without any score there is none yet. */
function toDecision({ run, targets }: RunSummary, refused: string | undefined): string[] {
  if (refused !== undefined) return [`next: arb judge ${shellWord(run)}`];
  if (targets.some(({ quality }) => (quality?.judged ?? 0) > 0)) {
    return [`next: arb recommend ${shellWord(run)} --out routes.yaml`];
  }
  return [
    'no answer has a score, so nothing can be decided: add expect to the workload and bench again, or quality.judges to arb.yaml, then',
    `next: arb judge ${shellWord(run)}`,
  ];
}

/** Of what the columns of quality and cost are, where targets were asked different requests. */
function sharedLine({ shared }: RunSummary): string[] {
  if (!shared) return [];
  return [
    shared.requests === 0
      ? 'no request was asked of every target: quality and $/completed cannot be compared, and are left out'
      : `quality and $/completed are of the ${shared.requests.toLocaleString('en-US')} requests that every target was asked; --resume asks the rest`,
  ];
}

function toCells(target: RunTargetSummary, shared: RunSummary['shared']): string[] {
  const { ttft_ms: ttft, latency_ms: latency } = target.service;
  const shown = (p: { value: number; supported: boolean } | undefined) =>
    p === undefined ? '' : p.supported ? formatMs(p.value) : 'n too small';
  const comparable = shared && (shared.targets[target.target] ?? {});
  return [
    target.target,
    String(target.ok),
    String(target.failed),
    formatPercent(comparable ? comparable.quality : target.quality?.mean),
    formatUsd(comparable ? comparable.per_completed_usd : target.cost.per_completed_usd),
    formatUsd(target.cost.total_usd),
    shown(ttft?.p50),
    shown(ttft?.p99),
    shown(latency?.p50),
    shown(latency?.p99),
    goodputCell(target.goodput),
  ];
}

/** The reasons with their counts, and the first words of each, which are the target's own. */
function describeFailures(
  { target, failures, skipped, requests, attempts, retries, failed }: RunTargetSummary,
  errors: EndedRun['errors'],
): string[] {
  const reasons = Object.entries(failures).map(([reason, count]) => `${count} ${reason}`);
  const unsent = Math.min(failed, requests - (attempts - retries));
  if (unsent > 0) reasons.push(`${unsent} not sent`);
  if (skipped > 0) reasons.push(`${skipped} skipped`);
  if (reasons.length === 0) return [];
  const words = errors.filter(
    (each) => each.target === target && Object.hasOwn(failures, each.status),
  );
  return [
    `  ${target}: ${reasons.join(', ')}`,
    ...words.map(({ status, error }) => `    ${status}: ${firstLine(error)}`),
    ...(words.some(({ status }) => status === 'rate-limited')
      ? [`    set limits: {rpm: ...} of ${target} in arb.yaml to what its provider allows`]
      : []),
  ];
}

const firstLine = (text: string) => text.split('\n', 1)[0]?.slice(0, 200) ?? '';

/** Answers that nothing scored: a policy counts them as lost. */
function unscoredLine(
  { target, ok, failed, quality }: RunTargetSummary,
  unjudged: string | undefined,
): string[] {
  const unscored = ok + failed - (quality?.judged ?? 0);
  if (unscored <= 0 || ok === 0) return [];
  const next =
    unjudged === undefined
      ? 'Add expect to them, or judges: arb inspect says how many'
      : 'No judge scored them, see below';
  return [`  ${target}: ${unscored} of ${ok + failed} have no score. ${next}`];
}

function failedEnding({ run, targets }: RunSummary): string {
  const failed = targets.filter(({ ok }) => ok === 0).map(({ target }) => target);
  return `kept in ${run}; correct ${failed.join(', ')} in arb.yaml: what was answered is not asked again`;
}
