import type { Target } from '../../provider/target/target.ts';
import { type AskEvent, type AskTools, ask, type JudgingBill } from './ask.ts';
import { callFor, type JudgeCall } from './call.ts';
import type { PromptName } from './comparison.ts';
import {
  chooseCases,
  createProbes,
  firstPairs,
  judgeProbe,
  type ProbeCase,
  type ProbeComparison,
  type ProbeName,
  type ProbeResult,
} from './probe.ts';
import type { Reading } from './reading.ts';
import { bothOrders } from './vote.ts';

/** What the probes found. */
export interface Probed {
  readonly results: readonly ProbeResult[];
  readonly bills: readonly JudgingBill[];
  /** Judges of whose replies most could not be read or did not come, by name. */
  readonly unusable: ReadonlyMap<string, string>;
  readonly stopped?: string;
}

/**
 * Tests the judges with the probes under every prompt that the run uses: a few pairs for each judge and probe, and
 * more where these leave it open.
 */
export async function* probeJudges(
  cases: readonly ProbeCase[],
  { tools, seed }: { readonly tools: AskTools; readonly seed: number },
): AsyncGenerator<AskEvent, Probed> {
  let open = createSeries(cases, tools.judges, seed);
  const results: ProbeResult[] = [];
  const bills: JudgingBill[] = [];
  const replies = new Map<string, Reading[]>();
  for (const round of ['more-to-come', 'last'] as const) {
    if (open.length === 0) break;
    const tested = open.map((match) => ({
      ...match,
      pairs: round === 'last' ? match.pairs : match.pairs.slice(0, firstPairs),
    }));
    const calls = tested.flatMap(({ judge, pairs }) =>
      pairs.flatMap((pair) => createCalls(judge, pair)),
    );
    const answers = yield* ask(calls, tools);
    bills.push(...answers.bills);
    for (const { judge, key } of calls) {
      const reading = answers.readings.get(key);
      if (reading) replies.set(judge, [...(replies.get(judge) ?? []), reading]);
    }
    const judged = tested.map((match) => {
      const { judge, prompt, probe, pairs } = match;
      const scores = pairs.flatMap((pair) => scoreProbe(judge, pair, answers.readings) ?? []);
      return judgeProbe({ judge: judge.name, prompt, probe }, scores, round);
    });
    results.push(...judged.filter(({ state }) => state !== 'unclear'));
    if (answers.stopped) {
      return { results, bills, unusable: findUnusable(replies), stopped: answers.stopped };
    }
    open = open.filter((_, index) => judged[index]?.state === 'unclear');
  }
  return { results, bills, unusable: findUnusable(replies) };
}

/** Judges that gave a verdict in less than half of their probes, each with why. */
function findUnusable(replies: ReadonlyMap<string, readonly Reading[]>): Map<string, string> {
  const found = new Map<string, string>();
  for (const [judge, readings] of replies) {
    const bad = readings.filter((reading) => reading.state !== 'read');
    const [first] = bad;
    if (!first || 2 * bad.length <= readings.length) continue;
    const what = first.state === 'failed' ? 'did not come' : 'could not be read';
    found.set(judge, `${bad.length} of ${readings.length} probe replies ${what} (${first.why})`);
  }
  return found;
}

/** One judge against one probe under one prompt. */
interface ProbeSeries {
  readonly judge: Target;
  readonly prompt: PromptName;
  readonly probe: ProbeName;
  readonly pairs: readonly ProbeComparison[];
}

function createSeries(
  cases: readonly ProbeCase[],
  judges: readonly Target[],
  seed: number,
): ProbeSeries[] {
  const prompts = [...Map.groupBy(cases, ({ prompt }) => prompt)];
  return prompts.flatMap(([prompt, own]) =>
    [...createProbes(chooseCases(own, seed))].flatMap(([probe, pairs]) =>
      judges.map((judge) => ({ judge, prompt, probe, pairs })),
    ),
  );
}

function createCalls(judge: Target, { comparison, good }: ProbeComparison): JudgeCall[] {
  const call = (of: typeof comparison, order: 'candidate-first' | 'opponent-first') =>
    callFor(judge, { comparison: of, order, repeat: 1 });
  const second = good ? call(good, 'candidate-first') : call(comparison, 'opponent-first');
  return [call(comparison, 'candidate-first'), second];
}

/**
 * The probe's score: pairwise as any pair; by rubric 1 where it gets the middle of the scale or more and
 * no less than the good answer.
 */
function scoreProbe(
  judge: Target,
  pair: ProbeComparison,
  readings: ReadonlyMap<string, Reading>,
): number | undefined {
  const [first, second] = createCalls(judge, pair).map(({ key }) => readings.get(key));
  if (first?.state !== 'read' || second?.state !== 'read') return undefined;
  if (!pair.good) return bothOrders(first.score, second.score);
  return first.score >= 0.5 && first.score >= second.score ? 1 : 0;
}
