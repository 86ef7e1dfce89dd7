import { createHash } from 'node:crypto';
import { UsageError } from '../errors.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import { type CheckCommand, runCommand } from './check/command.ts';
import { type MeasureName, measures } from './check/measures.ts';
import type { AnswerComparison, AnswerRow, ReferenceState, Ruling } from './panel/comparison.ts';
import { isEmpty, ruleOn, toQualityKind } from './panel/pairwise.ts';
import type { ProbeCase } from './panel/probe.ts';

/** What the rows are judged against. */
export interface Material {
  readonly requests: ReadonlyMap<string, WorkloadRequest>;
  /** The fixed answer of a request that others are compared with. */
  readonly referenceOf: (requestId: string) => ReferenceState;
  /** Executable checks by name; absent = commands are not allowed. */
  readonly commands?: Readonly<Record<string, CheckCommand>>;
  /** Scores requests that name a reference solution by words in common, without a judge. */
  readonly measure?: MeasureName;
  /** Time that one pattern or schema may take. @default longestCheckMs */
  readonly checkMs?: number;
}

/** An answer and what can be said of it before a judge is asked. */
export interface Ruled {
  readonly row: AnswerRow;
  readonly ruling: Ruling;
}

export interface OpenRow {
  readonly row: AnswerRow;
  readonly comparison: AnswerComparison;
}

/** Rules on one row, with its executable check where it has one that may be run. */
export async function rule(row: AnswerRow, material: Material): Promise<Ruled> {
  return { row, ruling: await rulingFor(row, material) };
}

async function rulingFor(row: AnswerRow, material: Material): Promise<Ruling> {
  const { requests, referenceOf, commands, checkMs } = material;
  const request = requests.get(row.request_id);
  if (!request) return { state: 'missing', kind: 'check', why: 'the workload has no such request' };
  const measured = measuredBy(material.measure, request, row);
  if (measured) return measured;
  const reference = referenceOf(row.request_id);
  const name = request.expect.flatMap((each) => ('check' in each ? [each.check] : []))[0];
  if (name === undefined || !commands) return ruleOn(request, row, { reference, checkMs });
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const known = Object.keys(commands).join(', ') || 'none';
    throw new UsageError(
      `request "${request.id}": its check "${name}" is not a command of arb.yaml (there: ${known}). Add it under checks:, or correct the name.`,
    );
  }
  const result = await runCommand(name, command, { request, answer: row });
  if (result.state === 'ran') return ruleOn(request, row, { reference, command: result, checkMs });
  return { state: 'missing', kind: 'check', why: result.why };
}

/** The best score over the solutions the request names. */
function measuredBy(
  by: MeasureName | undefined,
  { expect }: WorkloadRequest,
  row: AnswerRow,
): Ruling | undefined {
  const solutions = expect.flatMap((each) => ('reference' in each ? [each.reference] : []));
  if (by === undefined || solutions.length === 0 || toQualityKind(expect) !== 'pairwise') {
    return undefined;
  }
  const quality = Math.max(...solutions.map((answer) => measures[by](row, { answer })));
  return { state: 'settled', kind: 'check', quality, by };
}

/** One good answer for each open request: the reference, else the first that is not empty. */
export function probeCases(
  open: readonly OpenRow[],
  referenceOf: Material['referenceOf'],
): readonly ProbeCase[] {
  const cases = new Map<string, ProbeCase>();
  for (const { row, comparison } of open) {
    if (cases.has(row.request_id)) continue;
    const reference = referenceOf(row.request_id);
    const good = typeof reference === 'object' && !isEmpty(reference) ? reference : row;
    cases.set(row.request_id, { request: comparison.request, prompt: comparison.prompt, good });
  }
  return [...cases.values()];
}

/** The rows whose first call is made twice: those of the smallest hashes, by seed. */
export function repeatedRows(
  open: readonly OpenRow[],
  { count, seed }: { readonly count: number; readonly seed: number },
): ReadonlySet<AnswerRow> {
  const ranked = open.map(({ row }) => {
    const place = JSON.stringify([seed, row.request_id, row.target, row.pass]);
    return { row, rank: createHash('sha256').update(place).digest('hex') };
  });
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return new Set(ranked.slice(0, count).map(({ row }) => row));
}
