import { shellWord } from '../../encode.ts';
import type { CheckResult } from '../../index.ts';
import { describeCheck } from '../../report/text/check.ts';
import type { Cli } from '../terminal/cli.ts';
import { appendValue } from '../terminal/option-parsers.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';
import { addDecisionOptions, type DecisionFlags, toDecisionRequest } from './flags.ts';

const example = `
Example:
  arb check routes.yaml reports/2026-11-20-nightly --floor baseline-0.02`;

export function addCheck({ program, shell, finish }: Cli): void {
  const command = program
    .command('check')
    .description(summaries.check)
    .argument('<routes>', 'the policy: the deployed one, yesterday’s, anybody’s')
    .argument('[runs...]', 'run directories (default: the newest complete and valid one)')
    .option(
      '--outcomes <file>',
      "anybody's outcome table instead of a run (default: none)",
      appendValue,
    );
  addDecisionOptions(command)
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(
      async (
        routes: string,
        runs: string[],
        { json, slo = [], rival = [], ...asked }: CheckFlags,
      ) => {
        const { check } = await import('../../command/decide/check.ts');
        const found = await check(routes, {
          ...asked,
          ...toDecisionRequest(runs, { slo, rival }, shell),
        });
        if (json) sayJson(shell.stdout, found.figures);
        else for (const line of describeCheck(found)) say(shell.stdout, line);
        for (const doubt of found.doubts) say(shell.stderr, `warning: ${doubt}`);
        for (const note of found.notes) say(shell.stderr, note);
        for (const line of describeNext(found, routes)) say(shell.stderr, line);
        finish(found.exitCode);
      },
    );
}

interface CheckFlags extends DecisionFlags {
  readonly json?: true;
}

function describeNext(
  { report: { verdict, needed, rowsAre, unjudgedShare }, runs }: CheckResult,
  routes: string,
): string[] {
  const [run] = runs;
  switch (verdict) {
    case 'PASS':
      return [`next: arb export ${shellWord(routes)} --to GATEWAY --out gateway/`];
    case 'FAIL':
      return [
        `next: arb recommend${runs.map((dir) => ` ${shellWord(dir)}`).join('')} --current ${shellWord(routes)} --out ${shellWord(routes)}`,
      ];
    case 'INCONCLUSIVE':
      // More of the same would not decide it.
      if (!needed && rowsAre === 'fresh' && unjudgedShare > 0 && run !== undefined) {
        return ['to decide it, score the answers that have no score', `next: arb judge ${run}`];
      }
      return [
        `to decide it, measure ${needed?.more ?? 'requests of another day'}`,
        'next: arb bench WORKLOAD',
      ];
  }
}
