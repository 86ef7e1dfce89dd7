import { InvalidArgumentError, Option } from 'commander';
import { toImportFile } from '../../command/measure/import/import-file.ts';
import { importLog, logFormats } from '../../command/measure/import/import-log.ts';
import { shellWord } from '../../encode.ts';
import { exitCodes } from '../../errors.ts';
import type { FormatName, ImportedLog, ImportLogOptions, SuggestedChecks } from '../../index.ts';
import { formatPercent } from '../../units.ts';
import type { Cli } from '../terminal/cli.ts';
import { pattern } from '../terminal/option-parsers.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Files may be JSON, JSON Lines, CSV or Parquet, compressed by gzip or Zstandard; folders, "-".
Exit 3 where more than --max-dropped of the records are no requests; what was written is kept.

Example:
  arb import spend-logs.json --redact -o workload.jsonl`;

interface ImportFlags {
  readonly from?: FormatName;
  readonly out: string;
  readonly redact?: boolean;
  readonly redactPattern?: Record<string, RegExp>;
  readonly suggestChecks?: boolean;
  readonly maxDropped?: number;
  readonly config?: string;
  readonly allowCommands?: boolean;
  readonly json?: boolean;
}

export function addImport({ program, shell, finish }: Cli): void {
  program
    .command('import')
    .description(summaries.import)
    .argument(
      '<files...>',
      "logs: files, folders, - for standard input, or postgresql://... for LiteLLM's database",
    )
    .addOption(
      new Option('--from <format>', 'the format (default: the one recognised by content)').choices(
        logFormats,
      ),
    )
    .option('-o, --out <file>', 'what is written', 'workload.jsonl')
    .option('--redact', 'replace secrets and personal values by numbered placeholders')
    .option(
      '--redact-pattern <name=regex>',
      'redact this too, may be given more than once (default: none)',
      pattern,
    )
    .option('--suggest-checks', 'give requests the checks that their recorded answers make safe')
    .option(
      '--max-dropped <share>',
      'most records that may be left out, 0 to 1 (default: 0.05)',
      share,
    )
    .option('--config <file>', 'redact: (default: arb.yaml if there)')
    .option('--allow-commands', 'run redact.command of arb.yaml')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (files: string[], flags: ImportFlags) => {
      const imported = await importLog(files, toOptions(flags), shell);
      if (flags.json) sayJson(shell.stdout, toImportFile(imported));
      else for (const line of describe(imported)) say(shell.stdout, line);
      finish(imported.tooMany ? exitCodes.stopped : exitCodes.ok);
    });
}

function toOptions({ redactPattern, json: _, ...flags }: ImportFlags): ImportLogOptions {
  return { ...flags, ...(redactPattern && { patterns: redactPattern }) };
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a share from 0 to 1, such as 0.05.');
}

function describe(imported: ImportedLog): string[] {
  const { written, makes, dropped, redacted, out } = imported;
  const files = imported.files.map(({ file, format, form, runnerUp }) => {
    const other =
      runnerUp === undefined ? '' : `; the next likeliest is ${runnerUp}, which fits fewer records`;
    return `${file}: ${format} (${form})${other}`;
  });
  const reasons = dropped.map(({ reason, count, first, why }) => {
    const place = first === undefined ? '' : `, first at ${first}`;
    return `  ${count} left out: ${reason}${why === undefined ? '' : ` (${why})`}${place}`;
  });
  const known =
    makes === 'outcomes' || written === 0
      ? []
      : [
          `  ${formatPercent(imported.withAnswer / written)} with their answer, ${formatPercent(imported.withCost / written)} with a cost, ${formatPercent(imported.withTask / written)} with a task`,
        ];
  const hidden = [...redacted].map(([kind, count]) => `${count} ${kind}`);
  return [
    ...files,
    `${written} ${makes === 'workload' ? 'requests' : 'outcomes'} in ${out}`,
    ...known,
    ...reasons,
    ...(hidden.length > 0 ? [`  redacted: ${hidden.join(', ')}`] : []),
    ...(imported.checks ? checkLines(imported.checks, written) : []),
    ...(imported.tooMany ? [tooFew(written)] : []),
    ...(written === 0 ? [] : [nextStep(imported)]),
  ];
}

const tooFew = (written: number) =>
  written === 0 ? 'no record is a request' : 'more was left out than --max-dropped allows';

const nextStep = ({ makes, out }: ImportedLog) =>
  makes === 'workload'
    ? `next: arb inspect ${shellWord(out)}`
    : `next: arb recommend --outcomes ${shellWord(out)}`;

function checkLines({ suggestions, written }: SuggestedChecks, requests: number): string[] {
  const lines = suggestions.map(({ group, check, kind, what, seen, met, isSafe }) => {
    const share = formatPercent(met / Math.max(1, seen));
    const how = kind === 'agreement' ? 'agreement with the recorded answer' : 'a check';
    const end = isSafe ? '' : ': too few, not written';
    return `  ${group}: ${check} (${what}), ${how}; ${met} of ${seen} other answers (${share}) have this form${end}`;
  });
  return [`checks were written for ${written} of ${requests} requests`, ...lines];
}
