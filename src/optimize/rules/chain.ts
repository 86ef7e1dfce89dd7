import { type OutcomeVector, slowShare, weightOf } from '../../outcome/outcome-vector.ts';
import { micro, statuses } from '../../outcome/table.ts';
import type { TargetFacts } from '../problem/options.ts';
import type { Slo } from '../problem/slo.ts';
import { timesOf } from '../problem/slo.ts';
import { sloRows } from '../problem/slow.ts';
import type { Study } from '../problem/study.ts';
import { floatAt, intAt } from '../rows/at.ts';

/** What serves when the first choice fails, in order, and what the whole chain gives. */
export interface Chain {
  readonly fallback: readonly string[];
  /** USD per request: c_a + f_a c_b + f_a f_b c_c. */
  readonly costUsd: number;
  /** 0 to 1; a request that fails everywhere counts 0. */
  readonly quality: number;
  /** Share of requests that the first choice fails, and that the whole chain fails. */
  readonly failsFirst: number;
  readonly failsAll: number;
  /**
   * Share of slow requests for each SLO, in their order. A failure costs the first-token timeout
   * before the next target starts. Failures that come together are measured by a drill, not here.
   */
  readonly slow: readonly number[];
  /** Why the chain does not end elsewhere, where it does not. */
  readonly weakness?: string;
}

/** One target on the rows of one rule. */
interface Link {
  readonly name: string;
  readonly costUsd: number;
  /** With failures as 0. */
  readonly quality: number;
  readonly fails: number;
  /** By SLO: answered but slow, and slow or failed when started after the timeout. */
  readonly slow: readonly { readonly answered: number; readonly late: number }[];
}

/** Fallbacks that lose more quality than this against the first choice are a last resort. */
const tolerableLoss = 0.05;

/**
 * The cheapest fallbacks among `eligible`, ending in a target of another maker by another route than
 * the first, for failures within a provider are shared.
 */
export function chooseChain(
  study: Study,
  rows: Int32Array,
  { use, eligible }: { readonly use: string; readonly eligible: readonly string[] },
): Chain {
  const links = study.vectors
    .filter(({ name }) => name === use || eligible.includes(name))
    .map((vector) => toLink(study, vector, rows));
  const first = links.find(({ name }) => name === use);
  if (!first) return { fallback: [], ...priced([]), failsFirst: 0 };
  const others = links.filter(({ name }) => name !== use).sort(byUse(first));
  const facts = study.options.targets;
  const elsewhere = others.find(({ name }) => isElsewhere(facts[use], facts[name]));
  const next = others[0];
  const chosen = [next, elsewhere === next ? undefined : elsewhere].filter((link) => !!link);
  return {
    fallback: chosen.map(({ name }) => name),
    ...priced([first, ...chosen]),
    failsFirst: first.fails,
    ...(!elsewhere && { weakness: `no eligible target of another maker and route than ${use}` }),
  };
}

/** Good enough first, then by cost; those that are not, by quality. */
function byUse(first: Link): (a: Link, b: Link) => number {
  const poor = ({ quality }: Link) => quality < first.quality - tolerableLoss;
  return (a, b) => {
    if (poor(a) !== poor(b)) return poor(a) ? 1 : -1;
    const better = poor(a) ? b.quality - a.quality : a.costUsd - b.costUsd;
    return better || (a.name < b.name ? -1 : 1);
  };
}

/** Unknown makers and routes count as different: a bare name says nothing. */
function isElsewhere(a: TargetFacts | undefined, b: TargetFacts | undefined): boolean {
  const differs = (x: string | undefined, y: string | undefined) =>
    x === undefined || y === undefined || x !== y;
  // Two makers served directly are two routes, though both are called direct.
  return differs(a?.maker, b?.maker) && (a?.via === 'direct' || differs(a?.via, b?.via));
}

function priced(chain: readonly Link[]): Pick<Chain, 'costUsd' | 'quality' | 'failsAll' | 'slow'> {
  let [costUsd, quality, reached] = [0, 0, 1];
  for (const link of chain) {
    costUsd += reached * link.costUsd;
    quality += reached * link.quality;
    reached *= link.fails;
  }
  const [first, next] = chain;
  const slow = (first?.slow ?? []).map(
    ({ answered }, i) => answered + (first?.fails ?? 0) * (next?.slow[i]?.late ?? 1),
  );
  return { costUsd, quality, failsAll: chain.length > 0 ? reached : 0, slow };
}

function toLink(study: Study, vector: OutcomeVector, rows: Int32Array): Link {
  const { table } = study;
  let [cost, quality, failed, judged, total] = [0, 0, 0, 0, 0];
  for (const row of rows) {
    const weight = weightOf(table, row);
    const value = intAt(vector.quality, row);
    total += weight;
    cost += weight * floatAt(vector.cost, row);
    if (vector.status[row] === statuses.failed) failed += weight;
    if (value >= 0) {
      judged += weight;
      quality += weight * value;
    }
  }
  return {
    name: vector.name,
    costUsd: total > 0 ? cost / total / 1e9 : 0,
    quality: judged > 0 ? quality / judged / micro : 0,
    fails: total > 0 ? failed / total : 0,
    slow: study.options.slos.map(createLateness(study, vector, rows)),
  };
}

/** How late the rows come under each limit. */
const createLateness =
  (study: Study, vector: OutcomeVector, rows: Int32Array) =>
  (slo: Slo): Link['slow'][number] => {
    const applies = sloRows(study, slo);
    const times = timesOf(vector, slo);
    const left = slo.atMost - study.options.firstTokenMs;
    let [answered, late, total] = [0, 0, 0];
    for (const row of rows) {
      if (!applies(row)) continue;
      const failed = vector.status[row] === statuses.failed;
      total++;
      answered += failed ? 0 : slowShare(times, row, slo.atMost);
      late += failed || left < 0 ? 1 : slowShare(times, row, left);
    }
    return total > 0
      ? { answered: answered / total, late: late / total }
      : { answered: 0, late: 0 };
  };
