import { simulate } from '../../command/measure/simulate.ts';
import { exitCodes } from '../../errors.ts';
import type { Bill, SimulateOptions } from '../../index.ts';
import { formatTable } from '../../report/text/table.ts';
import { formatUsd } from '../../units.ts';
import type { Cli } from '../terminal/cli.ts';
import { port } from '../terminal/option-parsers.ts';
import { type Shell, say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
While it runs, GET /_control/failing says which targets are made to fail, and PUT changes it:
  curl -X PUT http://127.0.0.1:4141/_control/failing -d '{"failing": {"sonnet": "server-error"}}'
A target can fail by server-error, rate-limited or timeout; {"failing": {}} ends it. With
"others": "healthy" the failures that the market file dials are held back meanwhile.
arb verify --drill works this switch.

Example:
  arb sim reports/demo/market.yaml --workload reports/demo/workload.jsonl --port 4141  # after arb demo
  arb sim --cassette answers.jsonl --workload workload.jsonl --port 4141`;

type SimFlags = Omit<SimulateOptions, 'market'> & { readonly json?: boolean };

export function addSim({ program, shell, finish }: Cli): void {
  program
    .command('sim')
    .description(summaries.sim)
    .argument('[market]', 'the market file')
    .option('--port <n>', 'where to listen on 127.0.0.1; 0 = any free port', port, 0)
    .option('--workload <file>', 'the workload, so that right answers are known (default: none)')
    .option(
      '--cassette <answers>',
      "serve recorded answers with their recorded cost (default: the market's)",
    )
    .option(
      '--audit <file>',
      'write what was really sent and billed, one row a request (default: not written)',
    )
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (market: string | undefined, { json = false, ...options }: SimFlags) => {
      const running = await simulate({
        ...options,
        stdin: shell.stdin,
        ...(market !== undefined && { market }),
      });
      if (json) sayJson(shell.stdout, { url: running.url });
      else say(shell.stdout, `simulated providers at ${running.url}/<target>/v1, Ctrl-C ends`);
      await interrupted(shell);
      await running.close();
      const bill = running.bill();
      if (json) sayJson(shell.stdout, { bill });
      else for (const line of describeBill(bill)) say(shell.stdout, line);
      finish(exitCodes.ok);
    });
}

function interrupted(shell: Shell): Promise<void> {
  return new Promise((resolve) => {
    const stop = shell.onInterrupt(() => {
      stop();
      resolve();
    });
  });
}

function describeBill(bill: Bill): string[] {
  const columns = [
    { title: 'target', align: 'left' as const },
    { title: 'requests' },
    { title: 'billed' },
  ];
  const rows = Object.entries(bill.targets).map(([name, entry]) => [
    name,
    String(entry.requests),
    formatUsd(entry.billed_usd),
  ]);
  return formatTable(columns, rows);
}
