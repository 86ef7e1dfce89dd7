import { check } from '../../command/decide/check.ts';
import type { CheckedRule, CheckReport, CheckResult } from '../../index.ts';
import { formatPercent, formatPoints, formatUsd } from '../../units.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';
import { formatTable } from '../terminal/table.ts';
import { describeWays } from './case.ts';
import { addDecisionOptions, collect, type DecisionFlags, toDecisionRequest } from './flags.ts';
import { describeSettings } from './verdict.ts';

const example = `
Example:
  arb check routes.yaml reports/2026-11-20-nightly --floor baseline-0.02`;

export function addCheck({ program, shell, finish }: Cli): void {
  const command = program
    .command('check')
    .description(summaries.check)
    .argument('<routes>', 'the policy: the deployed one, yesterday’s, anybody’s')
    .argument('[runs...]', 'run directories (default: the newest complete and valid one)')
    .option('--outcomes <file>', "anybody's outcome table instead of a run", collect);
  addDecisionOptions(command)
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(
      async (
        routes: string,
        runs: string[],
        { json, slo = [], rival = [], ...asked }: CheckFlags,
      ) => {
        const found = await check(routes, {
          ...asked,
          ...toDecisionRequest(runs, { slo, rival }, shell),
        });
        if (json) sayJson(shell.stdout, found.figures);
        else for (const line of describeCheck(found)) say(shell.stdout, line);
        for (const doubt of found.doubts) say(shell.stderr, `warning: ${doubt}`);
        for (const note of found.notes) say(shell.stderr, note);
        say(shell.stderr, describeNext(found.report, routes));
        finish(found.exitCode);
      },
    );
}

interface CheckFlags extends DecisionFlags {
  readonly json?: true;
}

function describeCheck({ report, requests, settings }: CheckResult): string[] {
  const { policy, baseline, saving, change, verdict, claim, alpha, why } = report;
  const own = { ...policy, saving: saving.estimate };
  const limits = `${formatPoints(change.low)} to ${formatPoints(change.high)}`;
  return [
    `${verdict}: ${claim} (error ${formatPercent(alpha)}): ${why}`,
    `saving ${formatPercent(saving.estimate)} against ${baseline.name} (95 %: ${formatPercent(saving.low)} to ${formatPercent(saving.high)}); quality ${formatPoints(change.estimate)} points (95 %: ${limits}); ${requests.toLocaleString('en-US')} requests`,
    ...describeSettings(settings),
    ...report.unmet.map((requirement) => `breaks: ${requirement}`),
    '',
    ...formatTable(ruleColumns, report.rules.map(ruleRow)),
    '',
    ...describeWays([[`CHECKED POLICY: ${policy.name}`, own]], report.rivals),
    ...report.findings.map((finding) => `note: ${finding.text}`),
  ];
}

function describeNext({ verdict, needed }: CheckReport, routes: string): string {
  switch (verdict) {
    case 'PASS':
      return `next: arb export ${routes} --to GATEWAY`;
    case 'FAIL':
      return `next: arb recommend --current ${routes} --out ${routes}`;
    case 'INCONCLUSIVE':
      return needed === undefined
        ? 'next: arb bench WORKLOAD, with requests of another day'
        : `next: arb bench WORKLOAD, with about ${needed.toLocaleString('en-US')} requests`;
  }
}

const ruleColumns = [
  { title: 'rule', align: 'left' as const },
  { title: 'goes to', align: 'left' as const },
  { title: 'share' },
  { title: 'quality' },
  { title: 'baseline' },
  { title: 'saves per 1,000 requests' },
  { title: 'quality change in points, 95 % limits' },
];

function ruleRow({ name, use, share, score, baseline, savesUsd, change }: CheckedRule): string[] {
  return [
    name,
    use.join(' or '),
    formatPercent(share),
    share === 0 ? '' : formatPercent(score.quality),
    share === 0 ? '' : formatPercent(baseline.quality),
    formatUsd(1_000 * savesUsd),
    `${formatPoints(change.estimate)} (${formatPoints(change.low)} to ${formatPoints(change.high)})`,
  ];
}
