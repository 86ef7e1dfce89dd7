import { UsageError } from '../errors.ts';
import type { Target } from '../provider/target/target.ts';
import type { Verdict, VerdictKind } from './check/verdict.ts';
import { createReport, type JudgingReport } from './judging-report.ts';
import type { HumanLabel } from './label/corrected.ts';
import { type AskEvent, ask, type ReplayCalls } from './panel/ask.ts';
import type { VoteCache } from './panel/cache.ts';
import type { AnswerRow } from './panel/comparison.ts';
import { createCase, listCalls, type PanelCase, panelVerdict } from './panel/panel.ts';
import type { ProbeResult } from './panel/probe.ts';
import { probeJudges } from './panel/probing.ts';
import type { Reading } from './panel/reading.ts';
import { openVoteBook } from './panel/vote-book.ts';
import { refusalText, refuseWithoutJudges } from './refusal.ts';
import {
  type Material,
  type OpenRow,
  probeCases,
  type Ruled,
  repeatedRows,
  rule,
} from './rulings.ts';

/** What to judge, by whom, and what is known already. */
export interface JudgeRunOptions extends Material {
  readonly rows: readonly AnswerRow[];
  /** Targets with role judge; none = checks only. */
  readonly judges: readonly Target[];
  /** Maker of a target's model. */
  readonly makerOf: (target: string) => string;
  readonly replay: ReplayCalls;
  readonly cache?: VoteCache;
  readonly labels?: readonly HumanLabel[];
  /** Name of the target whose second sample gives the noise floor. */
  readonly baseline?: string;
  /** Votes a verdict needs; 2 for a panel, 1 for one judge. */
  readonly votesNeeded?: number;
  /** Answers of which each judge is asked twice. */
  readonly repeats?: number;
  readonly seed?: number;
}

/** What judging yields. */
export type JudgeEvent =
  | AskEvent
  | { readonly kind: 'refused'; readonly judge: string; readonly probe: ProbeResult }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | MissingEvent
  | { readonly kind: 'report'; readonly report: JudgingReport };

/** An answer without a verdict: it has no quality, which is not a quality of 0. */
export interface MissingEvent {
  readonly kind: 'missing';
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  readonly quality_kind: VerdictKind;
  readonly why: string;
}

/** 100 give a repeat consistency within 8 points. */
const defaults = { repeats: 100, seed: 1 } as const;

/**
 * Judges answers: rules first, then judges that have stood the probes. Yields every vote as it comes
 * (write it down: it is the cache of the next run), then a verdict or a `missing` for each row in
 * order, then the report. Throws `UsageError` where too few judges stand the probes for a verdict.
 */
export async function* judgeRun(options: JudgeRunOptions): AsyncGenerator<JudgeEvent> {
  const { judges, referenceOf, seed = defaults.seed } = options;
  const needed = options.votesNeeded ?? Math.min(2, Math.max(1, judges.length));
  const ruled: Ruled[] = [];
  for (const row of options.rows) ruled.push(await rule(row, options));
  const open = ruled.flatMap(({ row, ruling }): OpenRow[] =>
    ruling.state === 'comparison' ? [{ row, comparison: ruling.comparison }] : [],
  );
  refuseWithoutJudges(open, { ...options, needed });
  const book = openVoteBook(options.cache);
  const tools = { judges, replay: options.replay, cache: book.cache };
  const probes = judges.length > 0 ? probeCases(open, referenceOf) : [];
  const probing = probeJudges(probes, { tools: { ...tools, stage: 'probes' }, seed });
  const probed = yield* book.record(probing);
  const refusals = probed.results.filter(({ state }) => state === 'not-lost');
  for (const probe of refusals) yield { kind: 'refused', judge: probe.judge, probe };
  const accepted = judges.filter(
    ({ name }) => !probed.unusable.has(name) && !refusals.some(({ judge }) => judge === name),
  );
  if (accepted.length < needed && (refusals.length > 0 || probed.unusable.size > 0)) {
    throw new UsageError(refusalText(probed, { needed, accepted: accepted.length, refusals }));
  }

  const repeated = repeatedRows(open, { count: options.repeats ?? defaults.repeats, seed });
  const panel = {
    judges: accepted,
    makerOf: options.makerOf,
    repeats: (row: AnswerRow) => repeated.has(row),
  };
  const cases = open.map(({ row, comparison }) =>
    createCase(row, comparison, { ...panel, reference: referenceOf(row.request_id) }),
  );
  const calls = cases.flatMap(({ asked }) => asked.flatMap(listCalls));
  const answers = probed.stopped
    ? { readings: new Map<string, Reading>(), bills: [], stopped: probed.stopped }
    : yield* book.record(ask(calls, { ...tools, stage: 'answers' }));

  const caseOfRow = new Map(cases.map((panelCase) => [panelCase.row, panelCase]));
  const verdicts: Verdict[] = [];
  const missing: string[] = [];
  for (const each of ruled) {
    const event = verdictEvent(each, caseOfRow.get(each.row), {
      readings: answers.readings,
      needed,
    });
    if (event.kind === 'verdict') verdicts.push(event.verdict);
    else missing.push(event.why);
    yield event;
  }
  const { stopped } = answers;
  const { baseline, labels = [] } = options;
  const report = createReport({
    judges,
    needed,
    rows: ruled.length,
    verdicts,
    missing,
    cases,
    readings: answers.readings,
    probes: probed.results,
    bills: [...probed.bills, ...answers.bills],
    book,
    labels,
    material: options,
    ...(baseline !== undefined && { baseline }),
    ...(stopped && { stopped }),
  });
  yield { kind: 'report', report };
}

function verdictEvent(
  { row, ruling }: Ruled,
  panelCase: PanelCase | undefined,
  { readings, needed }: { readings: ReadonlyMap<string, Reading>; needed: number },
): JudgeEvent & { kind: 'verdict' | 'missing' } {
  const { request_id, target, pass } = row;
  const place = { request_id, target, pass };
  const missing = (why: string) =>
    ({ kind: 'missing', ...place, quality_kind: ruling.kind, why }) as const;
  if (ruling.state === 'missing') return missing(ruling.why);
  if (ruling.state === 'settled') {
    const { kind, quality, by, why } = ruling;
    const verdict = {
      ...place,
      quality,
      quality_kind: kind,
      by,
      ...(why !== undefined && { why }),
    };
    return { kind: 'verdict', verdict };
  }
  if (!panelCase) return missing('no judge was asked');
  const found = panelVerdict(panelCase, readings, needed);
  return 'missing' in found ? missing(found.missing) : { kind: 'verdict', verdict: found };
}
