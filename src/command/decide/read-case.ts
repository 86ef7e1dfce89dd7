import { join } from 'node:path';
import { shellWord } from '../../encode.ts';
import { TargetsError, UsageError } from '../../errors.ts';
import { findImpostors, type GivenAnswer } from '../../optimize/impostors.ts';
import { RECORDED } from '../../outcome/recorded.ts';
import { type OutcomeTable, pickRows, statuses, type TargetColumn } from '../../outcome/table.ts';
import { readAnswers, readOutcomeRows } from '../../store/rows.ts';
import { configOfRun } from '../config/config.ts';
import { readPriceList } from '../measure/prices/lists.ts';
import { type Configs, readConfigs } from './configs.ts';
import type { RecommendRequest } from './decision-request.ts';
import { matchOptions } from './match-targets.ts';
import { type Held, type PolicyEvidence, toOptions } from './options.ts';
import { type PricedTable, readPricedTable } from './reprice.ts';
import { type DecisionSources, findSources, listDoubts } from './sources.ts';

/** The outcomes that a decision is made on, and what it is asked. */
export interface DecisionCase extends PricedTable, Held {
  readonly sources: DecisionSources;
  readonly configs: Configs;
  /** The command that completes the runs, where one did not end. */
  readonly resume?: string;
  /** What should be known before the outcomes are believed. */
  readonly doubts: readonly string[];
}

/**
 * Reads what a request names.
 *
 * @param evidence of the policy that is checked
 * @throws UsageError where it is not there, not valid, or has no scores to decide by
 */
export async function readCase(
  request: RecommendRequest,
  evidence?: PolicyEvidence,
): Promise<DecisionCase> {
  const sources = findSources(request);
  const configs = readConfigs(request.config, sources);
  const { prices, env = {} } = request;
  const list = prices === undefined ? undefined : await readPriceList(prices, env);
  await refuseUnasked(sources, request.config);
  const priced = await readPricedTable(sources, configs.targets, list);
  const asked = toOptions(request, { ...configs, targets: priced.targets }, evidence);
  const impostors = await findImpostors(readEveryAnswer(sources));
  const matched = matchOptions(asked.options, priced.targets, priced.table.targets);
  const options = { ...matched.options, impostors };
  const held = holdEachKind({ ...asked, options }, priced.table);
  refuseUnscored(priced.table, held.options.baseline);
  const [run] = sources.runs;
  const again = run && resumeCommand(run, request.config);
  refuseUnanswered(priced.table, held.options.baseline, again);
  const { table, doubts, resume } = sharedRows(priced.table, sources, request.config);
  const all = [
    ...listDoubts(sources),
    ...configs.doubts,
    ...doubts,
    ...unscoredDoubts(table),
    ...peakDoubts(request, held),
  ];
  const notes = [...priced.notes, ...matched.notes];
  const found = { ...priced, ...held, notes, table, sources, configs, doubts: all };
  return resume === undefined ? found : { ...found, resume };
}

/** Scores of checks and of judges are never averaged together: each kind is held to the floor. */
function holdEachKind({ options, settings }: Held, { qualityKind }: OutcomeTable): Held {
  const kinds = qualityKind?.values ?? [];
  if (options.floorBy !== undefined || kinds.length < 2) return { options, settings };
  const value = `kind of score (${kinds.join(', ')})`;
  return {
    options: { ...options, floorBy: 'kind' },
    settings: [...settings, { name: 'floor by', value, from: 'default' }],
  };
}

/** A peak limits nothing where no target says what it takes. */
function peakDoubts({ peakRpm }: RecommendRequest, { options }: Held): string[] {
  const limited = Object.values(options.targets ?? {}).some(({ rpm }) => rpm !== undefined);
  return peakRpm === undefined || limited
    ? []
    : ['--peak-rpm limits nothing: no target has limits.rpm in arb.yaml'];
}

/** The answers that the runs keep; none of a table that is no run's. */
async function* readEveryAnswer({ runs }: DecisionSources): AsyncGenerator<GivenAnswer> {
  for (const { dir } of runs) yield* readAnswers(dir);
}

/** Without a single score there is nothing to decide by, whatever the prices. */
function refuseUnscored({ targets, columns, rows }: OutcomeTable, baseline: unknown): void {
  const next =
    'Add expect to the lines that have a right answer, or quality.judges to arb.yaml and run: arb judge RUN';
  if (!columns.some(isScored)) {
    throw new UsageError(
      `no answer has a quality: none of the ${rows} requests has a check that decides, and no judge has scored them. ${next}`,
    );
  }
  const recorded = columns[targets.indexOf(RECORDED)];
  if (baseline === RECORDED && recorded && !isScored(recorded)) {
    throw new UsageError(
      `baseline recorded: none of the log's own answers was judged, so that nothing can be compared with them. ${next}. Or name a target: --baseline TARGET`,
    );
  }
}

/** Nothing is compared with a target that never answered, and none is put in force for want of another. */
function refuseUnanswered(
  { targets, columns }: OutcomeTable,
  baseline: unknown,
  again: string | undefined,
): void {
  const column = columns.find((_, at) => targets[at] === baseline);
  if (!column || column.status.some((status) => status === statuses.ok)) return;
  const next = again === undefined ? '' : ` Correct it in arb.yaml, then: ${again}.`;
  throw new TargetsError(
    `the baseline ${baseline} answered no request, so nothing can be compared with it.${next} Or name another: --baseline TARGET`,
  );
}

/** Requests that no answer of any target has a score for. */
function unscoredDoubts({ columns, rows }: OutcomeTable): string[] {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const answers = columns.filter(({ status }) => status[row] === statuses.ok);
    if (answers.length > 0 && answers.every(({ quality }) => (quality[row] ?? -1) < 0)) count++;
  }
  return count === 0
    ? []
    : [
        `${count} of ${rows} requests have no score, and count as lost wherever a rule sends them away from the baseline. Add expect, or quality.judges and: arb judge RUN`,
      ];
}

function isScored({ status, quality }: TargetColumn): boolean {
  return status.some((is, row) => is === statuses.ok && (quality[row] ?? -1) >= 0);
}

/**
 * Of a run that did not end, only the requests that every target was asked: what the others were
 * asked more would be compared with nothing.
 */
function sharedRows(
  table: OutcomeTable,
  { runs }: DecisionSources,
  config: string | undefined,
): Pick<DecisionCase, 'table' | 'doubts' | 'resume'> {
  const open = runs.filter(({ manifest }) => manifest.state !== 'complete');
  if (open.length === 0) return { table, doubts: [] };
  const columns = table.columns.filter((_, at) => table.targets[at] !== RECORDED);
  const shared = Int32Array.from(
    [...Array(table.rows).keys()].filter((row) =>
      columns.every(({ status }) => status[row] !== statuses.missing),
    ),
  );
  const next = open.map((run) => resumeCommand(run, config)).join(' && ');
  const planned = Math.max(...open.map(({ manifest }) => manifest.workload.requests));
  if (shared.length === 0) {
    throw new UsageError(`no request was asked of every target yet. Go on with: ${next}`);
  }
  const text = `decided on the ${shared.length} of ${planned} requests that every target was asked`;
  const all = shared.length === table.rows;
  return { table: all ? table : pickRows(table, shared), doubts: [text], resume: next };
}

/** A run that was stopped before its first answer, as by a budget below any request, has no table. */
async function refuseUnasked({ runs }: DecisionSources, config: string | undefined): Promise<void> {
  for (const run of runs) {
    if (run.manifest.state === 'complete') continue;
    const first = await readOutcomeRows(run.dir).next();
    if (!first.done) continue;
    throw new UsageError(
      `${run.dir}: no request was asked yet (${run.manifest.state}). Go on with: ${resumeCommand(run, config)}`,
    );
  }
}

/** What completes a run; where only some of the targets were asked, it names them. */
function resumeCommand(
  { dir, manifest }: DecisionSources['runs'][number],
  config: string | undefined,
): string {
  const { targets } = configOfRun(manifest.config, join(dir, 'manifest.json'));
  const all = targets.filter(({ role }) => role === 'candidate').length;
  const some =
    manifest.targets.length < all ? ` --targets ${shellWord(manifest.targets.join(','))}` : '';
  const by = config === undefined ? '' : ` --config ${shellWord(config)}`;
  return `arb bench ${shellWord(manifest.workload.file)}${by} --out ${shellWord(dir)}${some} --resume`;
}
