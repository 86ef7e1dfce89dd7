import type { NightEvent } from '../../command/watch/nightly/night-event.ts';
import { nightly } from '../../command/watch/nightly/nightly.ts';
import type { NightlyOptions } from '../../command/watch/nightly/plan.ts';
import { shellWord } from '../../encode.ts';
import type { Cli } from '../terminal/cli.ts';
import { positive, wholeNumber } from '../terminal/option-parsers.ts';
import { type Shell, say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb nightly last-night.jsonl --routes routes.yaml --max-usd 5`;

export function addNightly({ program, shell, finish }: Cli): void {
  program
    .command('nightly')
    .description(summaries.nightly)
    .argument('<log>', "last night's log or workload, in any form that arb import knows")
    .requiredOption(
      '--routes <file>',
      'the deployed policy, e.g. routes.yaml; written where a better one is certified',
    )
    .option('--config <file>', 'the targets, budget and gate (default: arb.yaml)')
    .option('--reports <dir>', 'where run directories are (default: reports)')
    .option('--requests <n>', 'requests drawn from the log (default: 500)', wholeNumber(1))
    .option(
      '--max-usd <usd>',
      'draw as many as cost at most this, in USD (default: no limit)',
      positive,
    )
    .option('--dry-run', 'say what would be done and send nothing')
    .option('--json', 'nightly.json on stdout')
    .addHelpText('after', example)
    .action(
      async (
        log: string,
        { json, ...options }: Omit<NightlyOptions, 'log'> & { readonly json?: true },
      ) => {
        const asked = { log, ...options };
        for await (const event of nightly(asked, shell)) {
          if (event.kind === 'night' && json) sayJson(shell.stdout, event.night);
          else show(event, asked, shell);
          if (event.kind === 'night') finish(event.exitCode);
        }
      },
    );
}

function show(event: NightEvent, asked: NightlyOptions, shell: Shell): void {
  switch (event.kind) {
    case 'step':
      say(shell.stderr, event.text);
      return;
    case 'bench':
      if (event.event.kind === 'warning' || event.event.kind === 'judging-warning') {
        say(shell.stderr, `warning: ${event.event.message}`);
      }
      if (event.event.kind === 'measured') say(shell.stderr, 'measured');
      return;
    case 'night': {
      const { night } = event;
      say(shell.stdout, `${night.verdict}: ${night.why}`);
      if (night.deployed) {
        say(shell.stdout, `deployed policy ${night.deployed.verdict}: ${night.deployed.why}`);
      }
      for (const change of night.changes) say(shell.stdout, change);
      for (const line of describeNext(event, asked)) say(shell.stdout, line);
    }
  }
}

function describeNext(
  { night, dir }: Extract<NightEvent, { kind: 'night' }>,
  asked: NightlyOptions,
): string[] {
  const { verdict, files, exit_code: code } = night;
  const { log, routes, ...options } = asked;
  const command = ['next: arb nightly', log, '--routes', routes, ...toFlags(options)].join(' ');
  if (verdict === 'stopped') return [`the same command goes on in ${dir}`, command];
  if (code === undefined) return ['the same command without --dry-run sends', command];
  if (verdict === 'proposed') {
    return [
      `read ${dir}/pull-request.md first`,
      `next: arb export ${shellWord(routes)} --to GATEWAY --out gateway/`,
    ];
  }
  return [`next: Open ${files.includes('report.html') ? `${dir}/report.html` : dir}.`];
}

function toFlags({ config, reports, requests, maxUsd }: Partial<NightlyOptions>): string[] {
  const given = { config, reports, requests, 'max-usd': maxUsd };
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}
