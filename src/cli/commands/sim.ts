import {
  type AuditRow,
  auditHeader,
  type Bill,
  exitCodes,
  Journal,
  type Market,
  parseMarket,
  readInput,
  type SwitchRow,
  startCassette,
  startMarket,
  UsageError,
} from '../../index.ts';
import { type Cli, wholeNumber } from '../cli.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { dollars, formatTable } from '../table.ts';

const example = `
While it runs, GET /_control/failing says which targets are made to fail, and PUT changes it:
  curl -X PUT http://127.0.0.1:4141/_control/failing -d '{"failing": {"sonnet": "server-error"}}'
A target can fail by server-error, rate-limited or timeout; {"failing": {}} ends it. With
"others": "healthy" the failures that the market file dials are held back meanwhile.
arb verify --drill works this switch.

Example:
  arb sim fixtures/practice.market.yaml --workload fixtures/practice.workload.jsonl --port 4141
  arb sim --cassette answers.jsonl --workload workload.jsonl --port 4141`;

interface SimOptions {
  readonly port: number;
  readonly workload?: string;
  readonly cassette?: string;
  readonly audit?: string;
  readonly json?: true;
}

interface Running {
  readonly url: string;
  bill(): Bill;
  close(): Promise<void>;
}

export function addSim({ program, shell, finish }: Cli): void {
  program
    .command('sim')
    .description('a simulated market of providers on loopback, until Ctrl-C')
    .argument('[market]', 'the market file')
    .option('--port <n>', 'where to listen on 127.0.0.1; 0 = any free port', wholeNumber(0), 0)
    .option('--workload <file>', 'the workload, so that right answers are known')
    .option('--cassette <answers>', 'serve recorded answers with their recorded cost instead')
    .option('--audit <file>', 'write what was really sent and billed, one row a request')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (market: string | undefined, options: SimOptions) => {
      const simulated = market === undefined ? undefined : parseMarket(readInput(market), market);
      const audit =
        options.audit === undefined
          ? undefined
          : Journal.open(options.audit, auditHeader(simulated));
      const running = await start(simulated, options, (row) => audit?.add(row));
      if (options.json) sayJson(shell.stdout, { url: running.url });
      else say(shell.stdout, `simulated providers at ${running.url}/<target>/v1, Ctrl-C ends`);
      const flushing = setInterval(() => audit?.flush(), AUDIT_FLUSH_MS);
      await interrupted(shell);
      clearInterval(flushing);
      await running.close();
      audit?.close();
      showBill(shell, options, running.bill());
      finish(exitCodes.ok);
    });
}

/** Often enough to follow with `tail -f`, seldom enough to cost the simulator nothing. */
const AUDIT_FLUSH_MS = 200;

function start(
  market: Market | undefined,
  { cassette, workload, port }: SimOptions,
  onAudit: (row: AuditRow | SwitchRow) => void,
): Promise<Running> {
  if (cassette !== undefined) {
    if (market !== undefined || workload === undefined) {
      throw new UsageError('sim: --cassette takes --workload, and no market file.');
    }
    return startCassette({ answersPath: cassette, workloadPath: workload, port, onAudit });
  }
  if (market === undefined) {
    throw new UsageError('sim: give a market file, or recorded answers with --cassette.');
  }
  return startMarket({
    market,
    port,
    onAudit,
    onSwitch: onAudit,
    ...(workload !== undefined && { workload }),
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

function showBill(shell: Shell, options: SimOptions, bill: Bill): void {
  if (options.json) {
    sayJson(shell.stdout, { bill });
    return;
  }
  const columns = [
    { title: 'target', align: 'left' as const },
    { title: 'requests' },
    { title: 'billed' },
  ];
  const rows = Object.entries(bill.targets).map(([name, entry]) => [
    name,
    String(entry.requests),
    dollars(entry.billed_usd),
  ]);
  for (const line of formatTable(columns, rows)) say(shell.stdout, line);
}
