import { join } from 'node:path';
import { Option } from 'commander';
import { exportPolicy, rollBackExport } from '../../command/deploy/export.ts';
import { gatewayNames } from '../../command/deploy/gateway-names.ts';
import { describeRegret } from '../../command/deploy/regret-lines.ts';
import { writeOutput } from '../../command/output.ts';
import { exitCodes, UsageError } from '../../errors.ts';
import type { ExportedPolicy, GatewayName, LossRow } from '../../index.ts';
import { formatTable } from '../../report/text/table.ts';
import type { Cli } from '../terminal/cli.ts';
import { type Shell, say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb export routes.yaml --to portkey --out gateway/`;

interface ExportFlags {
  readonly to?: GatewayName;
  readonly out?: string;
  readonly bindings?: string;
  readonly entry?: string;
  readonly run?: string;
  readonly workload?: string;
  readonly merge?: string;
  readonly rollback?: string;
  readonly allowLoss?: true;
  readonly json?: true;
}

export function addExport({ program, shell, finish }: Cli): void {
  program
    .command('export')
    .description(summaries.export)
    .argument('[routes]', 'the policy, routes.yaml')
    .addOption(new Option('--to <gateway>', 'which gateway').choices(gatewayNames))
    .option('--out <dir>', 'write the files here (default: stdout)')
    .option(
      '--bindings <file>',
      'YAML: target -> {use: existing group, api_key_env: VARIABLE} (default: none)',
    )
    .option('--entry <model>', 'the model name that callers ask for', 'arb')
    .option(
      '--run <run>',
      'say what the losses cost in money and quality on this run (default: not said)',
    )
    .option(
      '--workload <file>',
      'the workload of the run, where it has moved (default: as its manifest says)',
    )
    .option(
      '--merge <config>',
      "put arb's groups into this config, print the diff (default: a config of its own)",
    )
    .option(
      '--rollback <config>',
      'put back what the config was before the last --merge, e.g. config.yaml',
    )
    .option('--allow-loss', 'write it although requests would land elsewhere')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (routes: string | undefined, flags: ExportFlags) => {
      await runExport(routes, flags, shell);
      finish(exitCodes.ok);
    });
}

async function runExport(
  routes: string | undefined,
  { to, out, rollback, json, ...request }: ExportFlags,
  shell: Shell,
): Promise<void> {
  if (rollback !== undefined) {
    const { path, text } = rollBackExport(rollback);
    writeOutput(path, text);
    say(shell.stderr, `${path} is what it was before the last --merge`);
    return;
  }
  if (routes === undefined || to === undefined) {
    throw new UsageError(
      'export: give a policy and --to, e.g. arb export routes.yaml --to litellm.',
    );
  }
  if (out !== undefined && request.merge !== undefined) {
    throw new UsageError(
      'export: --merge changes the config in its place and puts the files beside it. Leave --out away.',
    );
  }
  const exported = await exportPolicy(routes, { to, ...request });
  const { notices, result, merged, regret } = exported;
  for (const notice of notices) say(shell.stderr, notice);
  const files = out === undefined ? [] : result.files;
  const written =
    merged?.files ?? files.map(({ path, text }) => ({ path: join(out ?? '', path), text }));
  for (const { path, text } of written) writeOutput(path, text);
  if (json) sayJson(shell.stdout, { ...result, ...(merged && { diff: merged.diff }) });
  else if (merged) shell.stdout.write(merged.diff);
  else if (out === undefined) printFiles(exported, shell);
  if (!json || merged) {
    const losses = merged ? [] : describeLosses(exported, to);
    for (const line of [...written.map(({ path }) => `wrote ${path}`), ...losses]) {
      say(shell.stderr, line);
    }
  }
  if (merged) {
    say(shell.stderr, `arb export --rollback ${request.merge} puts back what it was`);
  }
  if (regret) for (const line of describeRegret(regret)) say(shell.stderr, line);
  const verify = `arb verify ${routes} --kind ${to} --workload ${exported.workload ?? 'WORKLOAD'} --gateway URL`;
  const start = request.merge && `Restart the gateway with ${request.merge}.`;
  if (!json) for (const line of describeNext(exported, { start, verify })) say(shell.stderr, line);
}

function printFiles({ result: { files } }: ExportedPolicy, shell: Shell): void {
  for (const { path, text } of files) {
    if (files.length > 1) shell.stdout.write(`# ${path}\n`);
    shell.stdout.write(text);
  }
}

function describeLosses({ result: { loss } }: ExportedPolicy, to: GatewayName): string[] {
  const columns = ['rule', 'feature', 'how', 'note'].map((title) => ({
    title,
    align: 'left' as const,
  }));
  const row = ({ rule, feature, how, note }: LossRow) => [rule, feature, how, note];
  return [
    `${to}: what is exact, emulated (needs the carrier) or dropped`,
    ...formatTable(columns, loss.map(row)),
  ];
}

/** What to do in the gateway, in what calls it, and how to see that both are right. */
function describeNext(
  { result: { notes, files } }: ExportedPolicy,
  { start, verify }: { readonly start: string | undefined; readonly verify: string },
): string[] {
  const carrier = files.some(({ path }) => path === 'arb_carrier.py');
  return [
    ...(start === undefined ? notes : [start, ...notes.slice(1)]).map((note) => `next: ${note}`),
    ...(carrier
      ? [
          'next: Send with each request what the carrier returns; a request without it meets the last rule. In Python: from arb_carrier import carry; said = carry(body, task="summarize"). In TypeScript: import { carry } from "./arb-carrier.ts"; carry(body, { task: "summarize" }).',
        ]
      : []),
    `next: ${verify}`,
  ];
}
