import { join } from 'node:path';
import {
  clientOptions,
  commandsOf,
  Disclosures,
  type ExitCode,
  exitCodes,
  Journal,
  type JudgingReport,
  judgeReplay,
  judgeRun,
  keysOf,
  type LoadedConfig,
  loadConfig,
  type Run,
  readLabels,
  readManifest,
  readVotes,
  replaceVerdicts,
  retryOptions,
  sumDisclosed,
  type Target,
  UsageError,
  usd,
  type Verdict,
  version,
  voteCache,
  writeAtomic,
  writeManifest,
} from '../../index.ts';
import type { JudgeFlags } from '../commands/judge.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { readTexts } from './material.ts';
import { describeJudging } from './report.ts';

/** Judges a run again from its stored answers; the targets are not called. */
export async function judge(dir: string, flags: JudgeFlags, shell: Shell): Promise<ExitCode> {
  const loaded = loadConfig(flags.config);
  const report = await judgeAnswers(dir, { loaded, flags, shell });
  if (flags.json) sayJson(shell.stdout, report);
  else for (const line of describeJudging(report)) say(shell.stdout, line);
  if (report.stopped === undefined) return exitCodes.ok;
  return report.stopped === 'interrupted' ? exitCodes.interrupted : exitCodes.stopped;
}

export interface Judging {
  readonly loaded: LoadedConfig;
  readonly flags: JudgeFlags;
  readonly shell: Shell;
}

/** Judges, keeps every vote as it comes, and puts the verdicts into the run. */
export async function judgeAnswers(
  dir: string,
  { loaded, flags, shell }: Judging,
): Promise<JudgingReport> {
  const { config, targets } = loaded;
  const judges = judgesOf(loaded, flags.judges ?? config.quality.judges);
  const baseline = flags.baseline ?? config.quality.baseline ?? 'recorded';
  const { workload, answers } = flags;
  const texts = await readTexts({ dir, workload, answers, baseline, targets });
  const cache = voteCache(await Array.fromAsync(readVotes(dir)));
  const labels = await Array.fromAsync(readLabels(dir));
  const cap = flags.maxUsd ?? config.budget.judging_usd;
  const disclosures = new Disclosures();
  let running: Run | undefined;
  const replay = judgeReplay(judges, {
    keys: keysOf(judges, shell.env),
    client: clientOptions(shell.env),
    residency: config.constraints.residency,
    retries: retryOptions(config),
    ...(cap !== undefined && { budget: { run: usd(cap) } }),
    onRun: (run) => {
      running = run;
    },
    onSent: (judged, to) => disclosures.add(to, judged.metadata.data_class),
  });
  const stopListening = shell.onInterrupt(() => running?.drain());
  const votes = Journal.open(join(dir, 'votes.jsonl'), { kind: 'votes', version: 1, arb: version });
  const verdicts: Verdict[] = [];
  let report: JudgingReport | undefined;
  try {
    const events = judgeRun({
      ...{ ...texts, judges, replay, cache, labels },
      ...(baseline !== 'recorded' && { baseline }),
      ...(flags.votesNeeded !== undefined && { votesNeeded: flags.votesNeeded }),
      ...(config.quality.measure && { measure: config.quality.measure }),
      ...(flags.allowCommands && { commands: commandsOf(loaded) }),
    });
    for await (const event of events) {
      if (event.kind === 'vote') {
        votes.add(event.vote);
        votes.flush();
      }
      if (event.kind === 'verdict') verdicts.push(event.verdict);
      if (event.kind === 'report') report = event.report;
      if (event.kind === 'asking' && !flags.json) {
        say(shell.stderr, `${event.stage}: ${event.calls} questions to ask, ${event.cached} known`);
      }
    }
  } finally {
    stopListening();
    votes.close();
    noteDisclosed(dir, disclosures);
  }
  if (!report) throw new Error('judging ended without a report');
  await replaceVerdicts(dir, verdicts);
  writeAtomic(join(dir, 'judging.json'), `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

/** What judges were shown is added to the manifest, also where judging was broken off. */
function noteDisclosed(dir: string, { counts }: Disclosures): void {
  const manifest = readManifest(dir);
  writeManifest(dir, { ...manifest, disclosed: sumDisclosed(manifest.disclosed ?? {}, counts) });
}

function judgesOf({ file, targets }: LoadedConfig, names: readonly string[]): Target[] {
  return names.map((name) => {
    const found = targets.find((target) => target.name === name);
    if (found) return found;
    throw new UsageError(`${file}: quality.judges: "${name}" is not among targets. Add it there.`);
  });
}
