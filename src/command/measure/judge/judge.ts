import { join } from 'node:path';
import { UsageError } from '../../../errors.ts';
import type { Verdict } from '../../../judge/check/verdict.ts';
import { judgeRun } from '../../../judge/judge-run.ts';
import type { JudgingReport } from '../../../judge/judging-report.ts';
import { voteCache } from '../../../judge/panel/cache.ts';
import { judgeReplay } from '../../../judge/replay-calls.ts';
import type { Target } from '../../../provider/target/target.ts';
import type { Run } from '../../../replay/replay.ts';
import { writeAtomic } from '../../../store/file/atomic.ts';
import { Journal } from '../../../store/file/journal.ts';
import { lockRun } from '../../../store/file/run-lock.ts';
import { openLedger } from '../../../store/ledger/ledger.ts';
import { replaceVerdicts } from '../../../store/rejudge.ts';
import { readLabels, readVotes } from '../../../store/rows.ts';
import { readManifest, writeManifest } from '../../../store/run.ts';
import { type RunSpending, readSpending } from '../../../store/spent.ts';
import { usd } from '../../../units.ts';
import { type LoadedConfig, loadConfig, toCheckCommands } from '../../config/config.ts';
import { readKeys } from '../../config/keys.ts';
import { retryOptions } from '../../config/load-options.ts';
import { clientOptions } from '../../config/network.ts';
import type { CommandContext } from '../../context.ts';
import { version } from '../../version.ts';
import { Disclosures, sumDisclosed } from '../disclosures.ts';
import { ServedModels } from '../served-models.ts';
import { HeldAttempts } from './held-attempts.ts';
import type { JudgingEvent } from './judging-event.ts';
import { JudgingMeter } from './judging-progress.ts';
import { readTexts } from './material.ts';

/** How answers are judged; what is given here wins over arb.yaml. */
export interface JudgeOptions {
  /** @default 'arb.yaml' */
  readonly config?: string;
  /** The workload of the run, where it has moved. */
  readonly workload?: string;
  /** Answers of another tool instead of the run's own. */
  readonly answers?: string;
  /** Targets that judge. @default quality.judges of arb.yaml */
  readonly judges?: readonly string[];
  /** `recorded`, or the target whose answers are compared with. @default quality.baseline, else recorded */
  readonly baseline?: string;
  /** Votes that a verdict needs. @default 2 of a panel, 1 of one judge */
  readonly votesNeeded?: number;
  /** Hard cap on what judging may cost, in USD. @default budget.judging_usd of arb.yaml */
  readonly maxUsd?: number;
  /** Run the checks of arb.yaml that are programs. @default false */
  readonly allowCommands?: boolean;
  /** Hosts that keys may be sent to besides those of their providers, as NAME=HOST. @default none */
  readonly allowKey?: readonly string[];
}

export type JudgeRunEvent =
  | JudgingEvent
  | { readonly kind: 'judged'; readonly report: JudgingReport };

/**
 * Judges a run again from its stored answers; the targets are not called. `judged` is last.
 *
 * @throws UsageError where the run has no answers, the judges are of no use, or no judge is named and
 *   answers stay without a score
 */
export async function* judge(
  dir: string,
  options: JudgeOptions,
  context: CommandContext,
): AsyncGenerator<JudgeRunEvent, void> {
  const loaded = loadConfig(options.config);
  readManifest(dir);
  const lock = lockRun(dir);
  try {
    const totalUsd = loaded.config.budget.max_usd;
    const report = yield* judgeAnswers(dir, { loaded, options, context, totalUsd });
    yield { kind: 'judged', report };
    if (report.judges.length === 0 && report.verdicts.missing > 0) {
      throw new UsageError(
        `no judge is named, so ${report.verdicts.missing} answers stay without a score. Add targets with role: judge to arb.yaml and name them in quality.judges, or with --judges.`,
      );
    }
  } finally {
    lock.release();
  }
}

/** Judging of a run that this process has locked. */
export interface JudgingInputs {
  readonly loaded: LoadedConfig;
  readonly options: JudgeOptions;
  readonly context: CommandContext;
  /** Cap on the run and its judging together, in USD; absent = none. */
  readonly totalUsd: number | undefined;
}

/**
 * Judges, keeps every vote as it comes, and puts the verdicts into the run.
 *
 * @throws UsageError where the judges are of no use; what was found until then is kept.
 */
export async function* judgeAnswers(
  dir: string,
  { loaded, options, context, totalUsd }: JudgingInputs,
): AsyncGenerator<JudgingEvent, JudgingReport> {
  const { config, targets } = loaded;
  const judges = findJudges(loaded, options.judges ?? config.quality.judges);
  const baseline = options.baseline ?? config.quality.baseline ?? 'recorded';
  const { workload, answers } = options;
  const texts = await readTexts({ dir, workload, answers, baseline, targets });
  const cache = voteCache(await Array.fromAsync(readVotes(dir)));
  const labels = await Array.fromAsync(readLabels(dir));
  const judgingUsd = options.maxUsd ?? config.budget.judging_usd;
  const caps = { totalUsd, judgingUsd };
  const left = leftToSpend(await readSpending(dir), { ...caps, judges });
  const disclosures = new Disclosures();
  const servedModels = new ServedModels();
  const warnings: string[] = [];
  let running: Run | undefined;
  const replay = judgeReplay(judges, {
    keys: readKeys(judges, context.env, options.allowKey),
    client: clientOptions(context.env),
    residency: config.constraints.residency,
    retries: retryOptions(config),
    ...(left !== undefined && { budget: { run: usd(left) } }),
    openLedger: () => openLedger(dir, version),
    onAttempt: (attempt, row) => {
      held.add(attempt, row);
      const warning = servedModels.add(attempt);
      if (warning !== undefined) warnings.push(warning);
    },
    onRun: (run) => {
      running = run;
    },
    onSent: (judged, to) => disclosures.add(to, judged.metadata.data_class),
  });
  const stopListening = context.onInterrupt(() => running?.drain());
  const votes = Journal.open(join(dir, 'votes.jsonl'), { kind: 'votes', version: 1, arb: version });
  const attempts = Journal.open(join(dir, 'judge-attempts.jsonl'), {
    kind: 'judge-attempts',
    version: 1,
    arb: version,
  });
  const held = new HeldAttempts((row) => {
    attempts.addJson(row);
    attempts.flush();
  });
  const verdicts: Verdict[] = [];
  const meter = new JudgingMeter(() => performance.now());
  let report: JudgingReport | undefined;
  try {
    const events = judgeRun({
      ...texts,
      judges,
      replay,
      cache,
      labels,
      ...(baseline !== 'recorded' && { baseline }),
      ...(options.votesNeeded !== undefined && { votesNeeded: options.votesNeeded }),
      ...(config.limits?.check_ms !== undefined && { checkMs: config.limits.check_ms }),
      ...(config.quality.measure && { measure: config.quality.measure }),
      ...(options.allowCommands && { commands: toCheckCommands(loaded) }),
    });
    for await (const event of events) {
      if (event.kind === 'vote') {
        votes.add(event.vote);
        votes.flush();
      }
      held.release();
      for (const message of warnings.splice(0)) yield { kind: 'judging-warning', message };
      if (event.kind === 'replay' && event.event.kind === 'settled') held.settle(event.event);
      if (event.kind === 'verdict') verdicts.push(event.verdict);
      if (event.kind === 'report') report = event.report;
      if (event.kind === 'asking' || event.kind === 'replay') {
        const said = meter.add(event);
        if (said) yield said;
      }
    }
  } finally {
    stopListening();
    votes.close();
    held.end();
    attempts.close();
    noteCounts(dir, disclosures, servedModels);
  }
  if (!report) throw new Error('judging ended without a report');
  await replaceVerdicts(dir, verdicts);
  writeAtomic(join(dir, 'judging.json'), `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

interface JudgingCaps {
  readonly totalUsd: number | undefined;
  readonly judgingUsd: number | undefined;
  readonly judges: readonly Target[];
}

/** What may still be spent, by the ledger of the run: under both caps. */
function leftToSpend(
  { spent, lost }: RunSpending,
  { totalUsd = Infinity, judgingUsd = Infinity, judges }: JudgingCaps,
): number | undefined {
  const all = Object.values(spent).reduce((sum, cost) => sum + cost, lost);
  const judging = judges.reduce((sum, { name }) => sum + (spent[name] ?? 0), lost);
  const left = Math.min(totalUsd - all, judgingUsd - judging);
  return left === Infinity ? undefined : Math.max(0, left);
}

/** What judges were shown, and what answered, is added to the manifest, also where judging was broken off. */
function noteCounts(dir: string, disclosures: Disclosures, servedModels: ServedModels): void {
  const manifest = readManifest(dir);
  writeManifest(dir, {
    ...manifest,
    disclosed: sumDisclosed(manifest.disclosed ?? {}, disclosures.counts),
    served_models: sumDisclosed(manifest.served_models ?? {}, servedModels.counts),
  });
}

function findJudges({ file, targets }: LoadedConfig, names: readonly string[]): Target[] {
  return names.map((name) => {
    const found = targets.find((target) => target.name === name);
    if (found) return found;
    throw new UsageError(
      `${file}: no target is named "${name}". Add one of that name with role: judge, or name others with --judges.`,
    );
  });
}
