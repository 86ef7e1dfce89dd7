import { formatMs, formatUsd } from '../../units.ts';
import type { DrillRow } from '../../verify/drill.ts';
import type { DrillFigures, RuleTotal } from '../../verify/drill-figures.ts';
import type { CheckRow } from '../../verify/verify.ts';
import { formatTable, shorten } from './table.ts';
import { measureWidth } from './width.ts';

/** Where requests landed, and the drill after it. */
export interface VerifiedCase {
  readonly landing: readonly CheckRow[];
  /** Present where a drill was asked for. */
  readonly drill?: DrillFigures;
}

/** What was found, the verdict first, as lines of at most so many columns where its names can be cut to fit. */
export function describeVerification({ landing, drill }: VerifiedCase, columns: number): string[] {
  const right = landing.filter(({ state }) => state === 'as-decided').length;
  const landed = `${right} of ${landing.length} requests landed where the policy says`;
  const wrong = [...describeElsewhere(landing), ...describeFailed(landing)];
  if (!drill) return [landed, ...wrong];
  return [
    landed,
    passed(drill),
    ...wrong,
    '',
    ...stepTable(drill, columns),
    '',
    ...totals(drill.rules, columns),
    ...drill.rules.flatMap(notDrillFigures),
    ...(drill.time_scale === 1 ? [] : [scaled(drill.time_scale)]),
  ];
}

/** What went wrong in one and the same way is said once. */
function describeElsewhere(landing: readonly CheckRow[]): string[] {
  const wrong = landing.filter(({ state }) => state === 'elsewhere' || state === 'unknown');
  return [...Map.groupBy(wrong, describeRow)].map(([says, rows]) => {
    const id = rows[0]?.id ?? '';
    return rows.length === 1
      ? `${id}: ${says}`
      : `${rows.length} of ${landing.length} requests, e.g. ${id}: ${says}`;
  });
}

function describeRow({ decided, landed, state }: CheckRow): string {
  const says = `${state}: rule ${decided.rule} says ${decided.targets.join(' or ')}`;
  return `${says}, it went to ${landed.target ?? landed.rule ?? 'a place the gateway does not name'}`;
}

/** Failures that are one and the same are said once. */
function describeFailed(landing: readonly CheckRow[]): string[] {
  const failed = landing.filter((row) => row.state === 'failed');
  const alike = Map.groupBy(failed, ({ status, said = '' }) => `${status} ${said}`);
  return [...alike.values()].flatMap((rows) => {
    const [first] = rows;
    if (!first) return [];
    const { id, status, said } = first;
    const message = said === undefined ? '' : `: ${said}`;
    return `failed: ${rows.length} of ${landing.length} requests, e.g. ${id}, got ${answerOf(status)}${message}`;
  });
}

const answerOf = (status: number) => (status === 0 ? 'no answer in time' : `an error ${status}`);

const stepColumns = [
  { title: 'down', align: 'left' },
  { title: 'must answer', align: 'left' },
  { title: 'answered', align: 'left' },
  { title: 'latency' },
  { title: 'added' },
  { title: 'cost' },
  { title: 'verdict', align: 'left' },
] as const;

/** All rules in one table, so that its columns agree, with a line of its own before each rule. */
function stepTable({ steps }: DrillFigures, columns: number): string[] {
  const [head = '', ...lines] = fitted(columns, (most) =>
    formatTable(
      stepColumns,
      steps.map((row, at) => stepCells(row, steps[at - 1], (name) => shorten(name, most))),
    ),
  );
  return [
    head,
    ...steps.flatMap(({ rule, request }, at) => {
      const heading = steps[at - 1]?.rule === rule ? [] : [`rule ${rule}, request ${request}`];
      return [...heading, lines[at] ?? ''];
    }),
  ];
}

function stepCells(
  row: DrillRow,
  before: DrillRow | undefined,
  short: (name: string) => string,
): string[] {
  const { rule, down, expected, landed, added_ms, verdict, status } = row;
  const already = before?.rule === rule ? before.down : [];
  const more = down.filter((name) => !already.includes(name)).map((name) => `+ ${short(name)}`);
  return [
    down.length === 0 ? '  nothing' : `  ${more.join(' ')}`,
    expected.map(short).join(' or '),
    landed === undefined ? '' : short(landed),
    formatMs(row.latency_ms),
    down.length === 0 ? '' : signed(added_ms, formatMs),
    formatUsd(row.cost_usd),
    verdict === 'failed' ? `failed, ${status === 0 ? 'no answer' : status}` : verdict,
  ];
}

const totalColumns = [
  { title: 'rule', align: 'left' },
  { title: 'steps passed' },
  { title: 'worst added latency' },
  { title: 'worst extra cost' },
] as const;

function totals(rules: readonly RuleTotal[], columns: number): string[] {
  const drilled = rules.filter((total) => total.state === 'drilled');
  return fitted(columns, (most) =>
    formatTable(
      totalColumns,
      drilled.map((total) => [
        shorten(total.rule, most),
        `${total.passed} of ${total.steps}`,
        signed(total.worst_added_ms, formatMs),
        signed(total.worst_added_usd, formatUsd),
      ]),
    ),
  );
}

function notDrillFigures({ rule, state }: RuleTotal): string[] {
  if (state === 'no-request')
    return [`not drilled: rule ${rule}: no request of the workload meets it`];
  if (state === 'no-fallback') return [`not drilled: rule ${rule}: it has no fallback`];
  return [];
}

const scaled = (scale: number) =>
  `the simulated market runs at time_scale ${scale}: its own latencies are ${scale} of real ones`;

function passed({ steps, failure }: DrillFigures): string {
  const { 'in-order': good = [], ...others } = Object.groupBy(steps, ({ verdict }) => verdict);
  const faults = Object.entries(others).map(([verdict, rows]) => `${rows.length} ${verdict}`);
  const rest = faults.length > 0 ? `: ${faults.join(', ')}` : '';
  return `${good.length} of ${steps.length} drill steps passed, by ${failure}${rest}`;
}

function signed(value: number | undefined, format: (value: number) => string): string {
  if (value === undefined) return '';
  return value < 0 ? `-${format(-value)}` : `+${format(value)}`;
}

/** The widest table that fits, of names cut to ever fewer characters. */
function fitted(columns: number, table: (most: number) => string[]): string[] {
  const tries = [80, 32, 24, 20, 16, 12].map(table);
  const fits = tries.find((lines) => lines.every((line) => measureWidth(line) <= columns));
  return fits ?? tries.at(-1) ?? [];
}
