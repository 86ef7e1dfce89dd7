import { createHash } from 'node:crypto';
import type { Verdict } from '../check/verdict.ts';
import { toStratum } from './corrected.ts';

/** One answer that a person is asked about. Who gave it stays with arb until the label is in. */
export interface LabelTask {
  /** Says nothing of request, target or verdict. */
  readonly label_id: string;
  readonly request_id: string;
  readonly target: string;
  readonly pass: number;
  readonly kind: 'pairwise' | 'rubric';
  /** Which of the two the person sees first; drawn at random. */
  readonly first: 'candidate' | 'opponent';
}

export interface LabelChoice {
  readonly count: number;
  readonly seed: number;
  readonly taskOf: (requestId: string) => string | undefined;
  /** Already labelled, and not asked again. */
  readonly done?: ReadonlySet<string>;
}

/**
 * Chooses the answers whose labels say most of the judge's error: from every stratum of target, task
 * and verdict, in proportion to its size and to how unsure the verdict is; where judges differ more.
 * In random order, by `seed`. Answers that a rule decided need no label.
 */
export function chooseLabels(
  verdicts: readonly Verdict[],
  { count, seed, taskOf, done = new Set() }: LabelChoice,
): readonly LabelTask[] {
  const open = verdicts.flatMap((verdict) => {
    const task = taskFor(verdict, seed);
    if (!task || done.has(task.label_id)) return [];
    const stratum = toStratum(taskOf(verdict.request_id), verdict);
    return [{ task, stratum: JSON.stringify([verdict.target, stratum]), unsure: unsure(verdict) }];
  });
  const ordered = open.toSorted((a, b) => (a.task.label_id < b.task.label_id ? -1 : 1));
  const strata = [...Map.groupBy(ordered, ({ stratum }) => stratum).values()];
  const places = allocate(
    strata.map((rows) => ({ size: rows.length, need: sum(rows.map((row) => row.unsure)) })),
    count,
  );
  return strata
    .flatMap((rows, index) => rows.slice(0, places[index]).map(({ task }) => task))
    .toSorted((a, b) => (a.label_id < b.label_id ? -1 : 1));
}

function taskFor(verdict: Verdict, seed: number): LabelTask | undefined {
  const { request_id, target, pass, quality_kind: kind, votes } = verdict;
  if (votes === undefined || kind === 'check' || kind === 'agreement' || pass !== 1)
    return undefined;
  const hash = createHash('sha256').update(JSON.stringify([seed, request_id, target, pass]));
  const digest = hash.digest();
  return {
    label_id: digest.toString('hex').slice(0, 12),
    request_id,
    target,
    pass,
    kind,
    first: (digest.at(-1) ?? 0) % 2 === 0 ? 'candidate' : 'opponent',
  };
}

/** Spread of people's scores behind a verdict, next to that of an agreed one. */
function unsure({ votes = [] }: Verdict): number {
  return votes.some(({ score }) => score !== votes[0]?.score) ? 1.5 : 1;
}

/** A variance needs two labels. */
const leastPerStratum = 2;

/** Two each, the largest strata first; what is left by need, whole numbers by largest remainder. */
function allocate(
  strata: readonly { readonly size: number; readonly need: number }[],
  count: number,
): readonly number[] {
  const places = strata.map(() => 0);
  let left = count;
  const give = (index: number, wanted: number) => {
    const room = (strata[index]?.size ?? 0) - (places[index] ?? 0);
    const given = Math.max(0, Math.min(wanted, room, left));
    places[index] = (places[index] ?? 0) + given;
    left -= given;
  };
  const bySize = strata.map((_, index) => index);
  bySize.sort((a, b) => (strata[b]?.need ?? 0) - (strata[a]?.need ?? 0));
  for (const index of bySize) give(index, leastPerStratum);
  const total = sum(strata.map(({ need }) => need));
  const shares = strata.map(({ need }, index) => (count * need) / total - (places[index] ?? 0));
  shares.forEach((share, index) => {
    give(index, Math.floor(Math.max(0, share)));
  });
  const rest = (index: number) => (shares[index] ?? 0) - Math.floor(shares[index] ?? 0);
  for (const index of bySize.toSorted((a, b) => rest(b) - rest(a))) give(index, 1);
  for (const index of bySize) give(index, left);
  return places;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
