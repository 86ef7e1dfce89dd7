import { inspect } from '../../command/measure/inspect.ts';
import { toInspectionFile } from '../../command/measure/inspect-file.ts';
import { scoringLines } from '../../command/measure/scoring-lines.ts';
import { shellWord } from '../../encode.ts';
import { exitCodes } from '../../errors.ts';
import type { Inspection, InspectOptions, TargetFit, Traffic, TrafficPart } from '../../index.ts';
import { formatTable } from '../../report/text/table.ts';
import { formatPercent, formatUsd } from '../../units.ts';
import type { Cli } from '../terminal/cli.ts';
import { say, sayJson } from '../terminal/shell.ts';
import { summaries } from '../terminal/summaries.ts';

const example = `
Example:
  arb inspect workload.jsonl --config arb.yaml`;

type InspectFlags = InspectOptions & { readonly json?: boolean; readonly targets?: boolean };

export function addInspect({ program, shell, finish }: Cli): void {
  program
    .command('inspect')
    .description(summaries.inspect)
    .argument('<workload>', 'your requests, one a line, or a log that arb import knows')
    .option('--config <file>', 'targets to price the same traffic at (default: arb.yaml if there)')
    .option('--targets', 'what each target can be asked: as recorded, translated, skipped, and why')
    .option('--skip-invalid', 'leave bad lines of the workload out')
    .option('--json', 'for machines')
    .addHelpText('after', example)
    .action(async (workload: string, { json, targets, ...options }: InspectFlags) => {
      const found = await inspect(workload, options, shell);
      if (json) sayJson(shell.stdout, toInspectionFile(found));
      else {
        const lines = targets ? describeFits(found.fits) : describeInspection(found);
        for (const line of [...lines, ...describeNext(workload, found, options.config)])
          say(shell.stdout, line);
      }
      finish(exitCodes.ok);
    });
}

function describeNext(named: string, { fits }: Inspection, config: string | undefined): string[] {
  // What came through a pipe is gone.
  const workload = /^(?:-|\/dev\/.*|\/proc\/.*)$/.test(named) ? 'WORKLOAD' : shellWord(named);
  const by = config === undefined ? '' : ` --config ${shellWord(config)}`;
  return fits.length === 0
    ? ['an arb.yaml says which targets to ask', 'next: arb init']
    : [
        'arb bench --estimate says first what it will cost, and sends nothing',
        `next: arb bench ${workload}${by}`,
      ];
}

type Dimension = keyof Traffic['by'];

const listDimensions = ({ by }: Traffic) => Object.keys(by) as Dimension[];

function describeFits(fits: readonly TargetFit[]): string[] {
  if (fits.length === 0) return ['name targets in arb.yaml to see what each can be asked'];
  const left = 'left' as const;
  const columns = [
    { title: 'target', align: left },
    ...['as recorded', 'translated', 'skipped', 'requests'].map((title) => ({ title })),
    { title: 'why', align: left },
  ];
  const rows = fits.flatMap((fit) => [
    [fit.target, ...[fit.asRecorded, fit.translated, fit.skipped].map(String), '', ''],
    ...fit.translations.map(({ reason, requests }) => ['', '', '', '', String(requests), reason]),
    ...fit.obstacles.map(({ reason, requests }) => {
      return ['', '', '', '', String(requests), `skipped: ${reason}`];
    }),
  ]);
  return formatTable(columns, rows);
}

function describeInspection(found: Inspection): string[] {
  const { traffic, scoring, left_out, judges, apps } = found;
  const { total, by, elsewhere, forecast } = traffic;
  const titles = ['requests', 'share', 'input tokens', 'output tokens'];
  if (total.priced > 0) titles.push('costs today');
  const columns = titles.map((title) => ({ title }));
  const rows = listDimensions(traffic).flatMap((dimension) =>
    fold(inOrder(dimension, [...by[dimension]])).map(([value, part]) => [
      dimension,
      dimension === 'app' && apps.has(value) ? `${value} ${apps.get(value)}` : value,
      ...toCells(part, total),
    ]),
  );
  const left = 'left' as const;
  const named = [{ title: 'by', align: left }, { title: 'value', align: left }, ...columns];
  return [
    ...formatTable(named, [['all', '', ...toCells(total, total)], ...rows]),
    ...(left_out > 0 ? [`${left_out} bad lines were left out`] : []),
    ...weightLines(found),
    ...scoringLines(scoring, { judges: judges.length > 0 }),
    ...elsewhereLines(traffic, elsewhere.length),
    ...(forecast > 0
      ? [`${forecast} requests have no recorded tokens: o200k_base counted them`]
      : []),
    ...(total.priced < total.requests
      ? [`${total.requests - total.priced} requests have no recorded cost and no listed price`]
      : []),
  ];
}

/** Rows of one dimension; what costs least is added up below them. */
const mostRows = 40;

/** The first rows, and the sum of the others. */
function fold(parts: readonly [string, TrafficPart][]): readonly [string, TrafficPart][] {
  if (parts.length <= mostRows) return parts;
  const rest = parts.slice(mostRows - 1);
  const sum = (key: keyof TrafficPart) => rest.reduce((total, [, part]) => total + part[key], 0);
  const folded = {
    requests: sum('requests'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    withOutput: sum('withOutput'),
    costUsd: sum('costUsd'),
    priced: sum('priced'),
  };
  return [...parts.slice(0, mostRows - 1), [`${rest.length} more`, folded]];
}

/** A certificate pays for weights that differ; a sample in proportion to them does not. */
function weightLines({ traffic, effective }: Inspection): string[] {
  const { requests } = traffic.total;
  if (effective === undefined) return [];
  const prove = Math.round(effective).toLocaleString('en-US');
  const lost = formatPercent(1 - effective / requests);
  return [
    `weights differ: ${requests.toLocaleString('en-US')} requests prove as much as ${prove} that all weigh the same, so that ${lost} of the power is lost; arb sample draws them in proportion, without weights`,
  ];
}

/** Lengths from short to long, everything else by cost. */
function inOrder(
  dimension: Dimension,
  parts: readonly [string, TrafficPart][],
): readonly [string, TrafficPart][] {
  if (dimension === 'length') {
    const mean = ({ inputTokens, requests }: TrafficPart) => inputTokens / requests;
    return parts.toSorted(([, a], [, b]) => mean(a) - mean(b));
  }
  return parts.toSorted(([, a], [, b]) => b.costUsd - a.costUsd || b.requests - a.requests);
}

function toCells(part: TrafficPart, total: TrafficPart): string[] {
  return [
    String(part.requests),
    formatPercent(part.requests / total.requests),
    String(part.inputTokens),
    part.withOutput === 0 ? 'not known' : String(part.outputTokens),
    ...(total.priced === 0 ? [] : [part.priced === 0 ? '' : formatUsd(part.costUsd)]),
  ];
}

function elsewhereLines({ elsewhere, total }: Traffic, targets: number): string[] {
  if (targets === 0)
    return ['name targets in arb.yaml to see what the same traffic would cost there'];
  const columns = [
    { title: 'the same traffic at the list price of', align: 'left' as const },
    { title: 'costs' },
    { title: 'against today' },
  ];
  const rows = elsewhere.map(({ target, costUsd, priced }) => [
    target,
    priced === 0 ? 'no price known' : formatUsd(costUsd),
    priced === total.requests && total.priced === total.requests && total.costUsd > 0
      ? formatPercent(costUsd / total.costUsd - 1)
      : '',
  ]);
  return [
    '',
    ...formatTable(columns, rows),
    'a list price says nothing of quality: arb bench does',
  ];
}
