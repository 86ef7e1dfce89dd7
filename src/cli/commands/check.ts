import {
  type CheckedRule,
  type CheckReport,
  check,
  type ExitCode,
  exitCodes,
} from '../../index.ts';
import type { Cli } from '../cli.ts';
import { describeWays, points } from '../recommend/case.ts';
import { configOf, namedPolicy, optionsOf } from '../recommend/options.ts';
import { readTable } from '../recommend/reprice.ts';
import { doubtsOf, sourcesOf } from '../recommend/sources.ts';
import { say, sayJson } from '../shell.ts';
import { dollars, formatTable, percent } from '../table.ts';
import { collect, decisionOptions, type RecommendFlags } from './recommend.ts';

const example = `
Example:
  arb check routes.yaml reports/2026-11-20-nightly --floor baseline-0.02`;

export function addCheck({ program, shell, finish }: Cli): void {
  const command = program
    .command('check')
    .description('does this policy hold on that run: price, score, certify with every row')
    .argument('<routes>', 'the policy: the deployed one, yesterday’s, anybody’s')
    .argument('[runs...]', 'run directories (default: the newest complete and valid one)')
    .option('--outcomes <file>', "anybody's outcome table instead of a run", collect);
  decisionOptions(command)
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (routes: string, runs: string[], flags: RecommendFlags) => {
      const sources = sourcesOf(runs, flags.outcomes);
      for (const doubt of doubtsOf(sources)) say(shell.stderr, `warning: ${doubt}`);
      const { table, loaded } = await readTable(sources, {
        ...{ prices: flags.prices, loaded: configOf(flags, sources), shell },
      });
      const report = check(table, namedPolicy(routes), optionsOf(flags, loaded));
      if (flags.json) sayJson(shell.stdout, report);
      else for (const line of describe(report, table.rows)) say(shell.stdout, line);
      finish(exitCodeOf(report));
    });
}

function exitCodeOf({ verdict }: CheckReport): ExitCode {
  switch (verdict) {
    case 'PASS':
      return exitCodes.ok;
    case 'FAIL':
      return exitCodes.no;
    case 'INCONCLUSIVE':
      return exitCodes.inconclusive;
  }
}

function describe(report: CheckReport, requests: number): string[] {
  const { policy, baseline, saving, change, verdict, claim, alpha, why } = report;
  const own = { ...policy, saving: saving.estimate };
  return [
    `${requests} requests, all of them used; savings against ${baseline.name}`,
    '',
    ...describeWays([[`CHECKED POLICY: ${policy.name}`, own]], report.rivals),
    '',
    ...formatTable(ruleColumns, report.rules.map(ruleRow)),
    '',
    `saving ${percent(saving.estimate)} (95 %: ${percent(saving.low)} to ${percent(saving.high)}); quality ${points(change.estimate)} points (95 %: ${points(change.low)} to ${points(change.high)})`,
    ...report.unmet.map((requirement) => `breaks: ${requirement}`),
    ...report.findings.map((finding) => `note: ${finding.text}`),
    `${verdict}: ${claim} (error ${percent(alpha)}): ${why}`,
  ];
}

const ruleColumns = [
  { title: 'rule', align: 'left' as const },
  { title: 'goes to', align: 'left' as const },
  { title: 'share' },
  { title: 'quality' },
  { title: 'baseline' },
  { title: 'saves $/1000' },
  { title: 'quality change, 95 % limits' },
];

function ruleRow({ name, use, share, score, baseline, savesUsd, change }: CheckedRule): string[] {
  return [
    name,
    use.join(' or '),
    percent(share),
    share === 0 ? '' : percent(score.quality),
    share === 0 ? '' : percent(baseline.quality),
    dollars(1_000 * savesUsd),
    `${points(change.estimate)} (${points(change.low)} to ${points(change.high)})`,
  ];
}
