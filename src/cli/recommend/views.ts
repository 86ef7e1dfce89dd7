import {
  type Change,
  changesSince,
  explainRecommendation,
  type FrontierView,
  frontierOf,
  type OutcomeTable,
  type Reason,
  type Recommendation,
  type RecommendOptions,
  readOutcomes,
  switchPoints,
  targetValues,
} from '../../index.ts';
import type { RecommendFlags } from '../commands/recommend.ts';
import { dollars, formatTable, percent } from '../table.ts';
import { points } from './case.ts';
import { sourcesOf } from './sources.ts';

/** Further looks at a decision, each where it was asked for, as lines for people. */
export async function describeViews(
  found: Recommendation,
  { table, options }: { readonly table: OutcomeTable; readonly options: RecommendOptions },
  flags: Pick<RecommendFlags, 'frontier' | 'values' | 'since' | 'explain'>,
): Promise<string[]> {
  return [
    ...(flags.frontier ? ['', ...frontierLines(frontierOf(table, options))] : []),
    ...(flags.values ? ['', ...valueLines(table, options)] : []),
    ...(flags.since === undefined ? [] : ['', ...(await sinceLines(flags.since, table, options))]),
    ...(flags.explain ? ['', ...explainRecommendation(found)] : []),
  ];
}

const left = 'left' as const;

function frontierLines({ steps, aiq }: FrontierView): string[] {
  const columns = [
    { title: 'quality' },
    { title: '$/request' },
    { title: 'saving' },
    { title: 'goes to', align: left },
  ];
  const rows = steps.map(({ quality, costUsd, saving, shares }) => [
    percent(quality),
    dollars(costUsd),
    percent(saving),
    shares.map(({ target, share }) => `${target} ${percent(share)}`).join(', '),
  ]);
  return [
    'the cost-quality frontier of the class on these rows',
    ...formatTable(columns, rows),
    `average quality over the costs (AIQ): ${aiq.singles.toFixed(4)} by coin flips between single targets, ${aiq.class.toFixed(4)} by the class`,
  ];
}

function valueLines(table: OutcomeTable, options: RecommendOptions): string[] {
  const switches = new Map(switchPoints(table, options).map((each) => [each.target, each]));
  const rows = targetValues(table, options).map(({ target, losesUsd }) => {
    const at = switches.get(target);
    const enters =
      at === undefined
        ? 'is used'
        : at.atCost === undefined
          ? 'not even for nothing'
          : `at ${percent(at.atCost)} of its present cost`;
    const loses = losesUsd === Infinity ? 'no policy left' : dollars(1_000 * losesUsd);
    return [target, loses, enters];
  });
  const columns = [
    { title: 'target', align: left },
    { title: 'the optimum loses without it, $/1000' },
    { title: 'would be used', align: left },
  ];
  return formatTable(columns, rows);
}

async function sinceLines(
  run: string,
  table: OutcomeTable,
  options: RecommendOptions,
): Promise<string[]> {
  const before = await readOutcomes(sourcesOf([run]).files);
  const changes = changesSince(before, table, options);
  if (changes.length === 0) return [`since ${run}: the optimum sends every request the same way`];
  return [`since ${run}:`, ...changes.flatMap(changeLines)];
}

function changeLines({ rule, from, to, share, why }: Change): string[] {
  const reasons =
    why.length === 0 ? ['nothing measurable changed: noise'] : why.map((reason) => wordsOf(reason));
  return [
    `  ${percent(share)} of the requests (rule ${rule}) go to ${to} instead of ${from}`,
    ...reasons.map((reason) => `    because ${reason}`),
  ];
}

function wordsOf(reason: Reason): string {
  switch (reason.kind) {
    case 'new-target':
      return `${reason.target} is new`;
    case 'gone-target':
      return `${reason.target} is gone`;
    case 'price':
      return `${reason.target} costs ${dollars(reason.now)} a request instead of ${dollars(reason.before)}`;
    case 'quality':
      return `the quality of ${reason.target} moved by ${points(reason.change.low)} to ${points(reason.change.high)} points (95 %)`;
    case 'latency':
      return `${reason.target} is late (${reason.slo}) on ${percent(reason.now)} instead of ${percent(reason.before)}`;
  }
}
