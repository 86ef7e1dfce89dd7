import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { z } from 'zod';
import {
  type Bindings,
  backupPath,
  type ExportResult,
  exitCodes,
  type Gateway,
  type GatewayName,
  gateways,
  type LossRow,
  mergeExport,
  parsePolicy,
  parseYaml,
  readInput,
  UsageError,
  writeAtomic,
} from '../../index.ts';
import type { Cli } from '../cli.ts';
import { describeRegret } from '../export/regret.ts';
import { type Shell, say, sayJson } from '../shell.ts';
import { formatTable } from '../table.ts';

const example = `
Example:
  arb export routes.yaml --to portkey --out gateway/`;

const bindingsSchema = z.record(
  z.string(),
  z.strictObject({ use: z.string().optional(), api_key_env: z.string().optional() }),
);

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
    .description("a gateway's own config, and what it could not express")
    .argument('[routes]', 'the policy, routes.yaml')
    .addOption(new Option('--to <gateway>', 'which gateway').choices(Object.keys(gateways)))
    .option('--out <dir>', 'write the files here instead of to stdout')
    .option('--bindings <file>', 'YAML: target -> {use: existing group, api_key_env: VARIABLE}')
    .option('--entry <model>', 'the model name that callers ask for', 'arb')
    .option('--run <run>', 'say what the losses cost in money and quality on this run')
    .option('--workload <file>', 'the workload of the run, where it has moved')
    .option('--merge <config>', "put arb's groups into this config; prints the diff")
    .option('--rollback <config>', 'put back what the config was before the last --merge')
    .option('--allow-loss', 'write it although requests would land elsewhere')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (routes: string | undefined, flags: ExportFlags) => {
      if (flags.rollback !== undefined) {
        rollBack(flags.rollback, shell);
        finish(exitCodes.ok);
        return;
      }
      if (routes === undefined || flags.to === undefined) {
        throw new UsageError(
          'export: give a policy and --to, e.g. arb export routes.yaml --to litellm.',
        );
      }
      const policy = parsePolicy(readInput(routes), routes);
      const result = gateways[flags.to].export(policy, {
        ...(flags.allowLoss && { allowLoss: true }),
        ...(flags.entry !== undefined && { entry: flags.entry }),
        ...(flags.bindings !== undefined && {
          bindings: readBindings(flags.bindings),
        }),
      });
      if (flags.merge === undefined) put(result, flags, shell);
      else mergeInto(flags.merge, { gateway: gateways[flags.to], result, flags, shell });
      if (flags.run !== undefined) {
        const sources = { dir: flags.run, workload: flags.workload };
        for (const line of await describeRegret(
          policy,
          {
            effective: result.effective,
            counter: gateways[flags.to].counter,
          },
          sources,
        ))
          say(shell.stderr, line);
      }
      finish(exitCodes.ok);
    });
}

function readBindings(file: string): Bindings {
  return parseYaml(bindingsSchema, readInput(file), file) as Bindings;
}

interface Merging {
  readonly gateway: Gateway;
  readonly result: ExportResult;
  readonly flags: ExportFlags;
  readonly shell: Shell;
}

/** Touches only arb's own groups, keeps what was there beside it, and prints the diff. */
function mergeInto(path: string, { gateway, result, flags, shell }: Merging): void {
  const text = readInput(path);
  const entry = flags.entry ?? 'arb';
  const merged = mergeExport(gateway, result, { path, text, entry });
  writeAtomic(merged.backup.path, merged.backup.text);
  writeAtomic(path, merged.text);
  for (const other of merged.others) writeAtomic(join(dirname(path), other.path), other.text);
  if (flags.json) sayJson(shell.stdout, { ...result, diff: merged.diff });
  else shell.stdout.write(merged.diff);
  say(shell.stderr, `wrote ${path}; arb export --rollback ${path} puts back what it was`);
}

function rollBack(path: string, shell: Shell): void {
  writeAtomic(path, readInput(backupPath(path)));
  say(shell.stderr, `${path} is what it was before the last --merge`);
}

function put(result: ExportResult, flags: ExportFlags, shell: Shell): void {
  if (flags.out !== undefined) {
    for (const { path, text } of result.files) writeAtomic(join(flags.out, path), text);
  }
  if (flags.json) {
    sayJson(shell.stdout, result);
    return;
  }
  if (flags.out === undefined) {
    const [only, ...others] = result.files;
    for (const { path, text } of result.files) {
      if (others.length > 0) shell.stdout.write(`# ${path}\n`);
      shell.stdout.write(text);
    }
    if (!only) return;
  }
  for (const line of report(result, flags)) say(shell.stderr, line);
}

function report({ files, loss, notes }: ExportResult, { to, out }: ExportFlags): string[] {
  const columns = ['rule', 'feature', 'how', 'note'].map((title) => ({
    title,
    align: 'left' as const,
  }));
  const row = ({ rule, feature, how, note }: LossRow) => [rule, feature, how, note];
  return [
    ...(out === undefined ? [] : files.map(({ path }) => `wrote ${join(out, path)}`)),
    `${to}: what is exact, emulated (needs the carrier) or dropped`,
    ...formatTable(columns, loss.map(row)),
    ...notes.map((note) => `next: ${note}`),
  ];
}
