import type { Command } from 'commander';
import { gatewayNames } from '../../command/deploy/gateway-names.ts';
import { writeOutput } from '../../command/output.ts';
import { shellWord } from '../../encode.ts';
import { UsageError } from '../../errors.ts';
import type { RecommendRequest, RecommendResult } from '../../index.ts';
import { describeArbitrage } from '../../report/text/arbitrage.ts';
import { describeCase } from '../../report/text/case.ts';
import { describeViews } from '../../report/text/views.ts';
import type { Cli } from '../terminal/cli.ts';
import {
  appendValue,
  parseList,
  positive,
  share,
  wholeNumber,
} from '../terminal/option-parsers.ts';
import { type Shell, say, sayJson, writesInto } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';
import { addDecisionOptions, type DecisionFlags, toDecisionRequest } from './flags.ts';

const example = `
Example:
  arb recommend reports/2026-11-20-nightly --floor baseline-0.02 --out routes.yaml
  arb recommend --outcomes table.jsonl --by task --floor best-0.01 --no-certify`;

/** The options of `arb recommend` as parsed; absent = as arb.yaml or the defaults say. */
interface RecommendFlags
  extends DecisionFlags,
    Pick<
      RecommendRequest,
      | 'by'
      | 'maxRules'
      | 'maxThresholds'
      | 'maxTargets'
      | 'peakRpm'
      | 'maxProviderShare'
      | 'include'
      | 'reportPart'
      | 'splitSalt'
      | 'shares'
      | 'allowTaskLoss'
      | 'simpler'
      | 'frontier'
      | 'values'
      | 'since'
      | 'certify'
      | 'volume'
      | 'out'
    > {
  readonly current?: string;
  readonly allowTarget?: readonly string[];
  readonly timeLimit?: number;
  readonly explain?: true;
  readonly summary?: string;
  readonly json?: true;
}

export function addRecommend({ program, shell, finish }: Cli): void {
  const command = program
    .command('recommend')
    .description(summaries.recommend)
    .argument('[runs...]', 'run directories (default: the newest complete and valid one)')
    .option(
      '--outcomes <file>',
      "anybody's outcome table instead of a run; may be repeated (default: none)",
      appendValue,
    )
    .option(
      '--by <features>',
      'what rules may ask for, e.g. task,app (default: policy.by of arb.yaml, else task,input_tokens)',
      parseList,
    );
  for (const add of [addDecisionOptions, addPolicyOptions, addProofOptions, addResultOptions]) {
    add(command);
  }
  command
    .addHelpText('after', example)
    .action(async (runs: string[], flags: RecommendFlags, { parent }: Command) => {
      refuseOverwrite(flags, shell);
      const { recommend } = await import('../../command/decide/recommend.ts');
      const result = await recommend({ ...toRequest(runs, flags, shell), now: shell.now() });
      const given = parent ? parent.args.slice(1) : runs;
      writeResult(result, { flags, given }, shell);
      finish(result.exitCode);
    });
}

/** What a policy may be made of. */
function addPolicyOptions(command: Command): Command {
  return command
    .option(
      '--max-rules <n>',
      'rules at most (default: policy.max_rules of arb.yaml, else no limit)',
      wholeNumber(1),
    )
    .option(
      '--max-thresholds <n>',
      'token thresholds per cell at most (default: policy.max_thresholds of arb.yaml, else 1)',
      wholeNumber(0),
    )
    .option(
      '--max-targets <n>',
      'distinct targets at most (default: policy.max_targets of arb.yaml, else no limit)',
      wholeNumber(1),
    )
    .option(
      '--peak-rpm <n>',
      "requests a minute at the peak; each target's rpm is then a limit (default: none)",
      positive,
    )
    .option(
      '--max-provider-share <share>',
      'largest share of requests of one provider, 0 to 1 (default: 1)',
      share,
    )
    .option(
      '--include <names>',
      'targets and tasks that the sanity checks would keep out (default: none)',
      parseList,
    )
    .option(
      '--allow-target <names>',
      'targets to use although they look broken (default: none)',
      parseList,
    );
}

/** How it is searched for and certified. */
function addProofOptions(command: Command): Command {
  return command
    .option(
      '--report-part <share>',
      'share of the requests kept for a point estimate of the change, 0 to 1 (default: 0)',
      share,
    )
    .option(
      '--split-salt <text>',
      'decides which requests choose and which certify (default: policy.split_salt of arb.yaml, else arb)',
    )
    .option('--no-shares', 'certify for all requests or not at all')
    .option(
      '--allow-task-loss',
      'let a task of 5 % of the requests or more lose over 10 points of quality',
    )
    .option(
      '--simpler <share>',
      'part of the saving that fewer rules and targets may cost, e.g. 1% (default: 1%)',
      share,
    )
    .option(
      '--time-limit <seconds>',
      'stop searching after so many seconds, all parts together, and report the gap reached (default: 30)',
      positive,
    );
}

/** What it is compared with, and what is said and written of it. */
function addResultOptions(command: Command): Command {
  return command
    .option(
      '--current <routes>',
      'the policy in force: stays byte for byte where nothing better is shown (default: none)',
    )
    .option(
      '--volume <n>',
      'requests a month, for amounts a month (default: as the log shows)',
      wholeNumber(1),
    )
    .option(
      '--since <run>',
      'what is different since an earlier run directory, and why (default: not said)',
    )
    .option('--frontier', 'the whole cost-quality frontier')
    .option('--values', 'what each target is worth, and at which price others would be used')
    .option('--explain', 'the decision in plain English')
    .option('--no-certify', 'only the optimum on these rows, which is no claim about others')
    .option('--summary <file>', 'write the figures here as JSON (default: not written)')
    .option('--out <file>', 'write the policy here, atomically (default: stdout)')
    .option('--json', 'the policy as JSON');
}

/** A shell that writes stdout into the policy in force has emptied it before arb could read it. */
function refuseOverwrite({ current }: RecommendFlags, shell: Shell): void {
  if (current === undefined || !writesInto(shell.stdout, current)) return;
  throw new UsageError(
    `stdout is ${current}, the policy in force: behind ">" the shell has emptied it. Restore it, and write with --out ${current}.`,
  );
}

function toRequest(
  runs: readonly string[],
  { slo = [], rival = [], timeLimit, allowTarget = [], ...asked }: RecommendFlags,
  shell: Shell,
): RecommendRequest {
  return {
    ...asked,
    include: [...(asked.include ?? []), ...allowTarget],
    ...toDecisionRequest(runs, { slo, rival }, shell),
    ...(timeLimit !== undefined && { timeLimitMs: timeLimit * 1_000 }),
  };
}

/** What is to be in force on stdout or in a file, and why on stderr. */
function writeResult(result: RecommendResult, asked: Asked, shell: Shell): void {
  const { flags } = asked;
  const { found, inForce, arbitrage, doubts, notes } = result;
  if (flags.out !== undefined) for (const { path, text } of result.files) writeOutput(path, text);
  else if (inForce.kind !== 'none') {
    if (flags.json) sayJson(shell.stdout, inForce.policy);
    else shell.stdout.write(inForce.text);
  }
  if (flags.summary !== undefined) {
    writeOutput(flags.summary, `${JSON.stringify(result.summary, null, 2)}\n`);
  }
  const lines = [
    ...describeCase(result),
    ...describeArbitrage(arbitrage, found.status === 'keep-current' ? [] : found.rules),
    ...describeViews(result, flags),
    '',
    ...doubts.map((doubt) => `warning: ${doubt}`),
    ...notes,
    ...describeNext(result, asked),
  ];
  for (const line of lines) say(shell.stderr, line);
}

/** The command line as typed. */
interface Asked {
  readonly flags: RecommendFlags;
  /** What stood behind `recommend`. */
  readonly given: readonly string[];
}

/** The command that goes on from here. */
function describeNext({ inForce, runs, found, resume }: RecommendResult, asked: Asked): string[] {
  const { out: routes = 'routes.yaml', outcomes } = asked.flags;
  const [run] = runs;
  const named = outcomes || asked.given.some((word) => runs.includes(word));
  const given = named ? asked.given : [...runs, ...asked.given];
  const again = (...more: string[]) => {
    const words = askAgain(given, more);
    return `next: arb recommend ${words}`;
  };
  const none = inForce.kind === 'none' ? [`nothing is written: ${inForce.why}`] : [];
  if (resume !== undefined) return [...none, `next: ${resume}`];
  if (inForce.kind === 'none') return [...none, again('--current', 'ROUTES', '--out', 'ROUTES')];
  if (inForce.kind === 'same') return ['next: Nothing is to be done, the policy in force stays.'];
  if (found.status === 'certified') {
    const priced = run === undefined ? '' : ` --run ${shellWord(run)}`;
    return [
      `GATEWAY is yours: ${gatewayNames.join(', ')}; export writes its config and deploys nothing`,
      `next: arb export ${shellWord(routes)} --to GATEWAY${priced} --out gateway/`,
    ];
  }
  if (found.status === 'uncertified') return [again('--out', routes)];
  const nearest = found.infeasible?.nearestFloor;
  if (nearest !== undefined) return [again('--floor', nearest.toFixed(4))];
  const { needed, guardedTasks = [], trials = [] } = found.certificate ?? {};
  const guarded = guardedTasks.length > 0 || trials.some(({ losesOn }) => losesOn.length > 0);
  if (guarded && !needed) return [again('--allow-task-loss')];
  if (needed && run !== undefined) {
    return [
      `to decide it, measure other requests (${needed.more}); then arb recommend ${runs.join(' ')} NEW-RUN decides on both`,
      'next: arb bench WORKLOAD --out NEW-RUN',
    ];
  }
  return [again('--explain')];
}

/** The same question with another option: what was given before of that name gives way. */
function askAgain(given: readonly string[], more: readonly string[]): string {
  const [option = '', value] = more;
  const kept = given.filter(
    (word, at) =>
      // What is asked again is to be decided.
      word !== '--no-certify' &&
      word !== option &&
      !word.startsWith(`${option}=`) &&
      !(value !== undefined && given[at - 1] === option),
  );
  return [...kept, ...more].map(shellWord).join(' ');
}
