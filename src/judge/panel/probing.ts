import type { Target } from '../../provider/target/target.ts';
import { type AskEvent, type AskTools, ask, type Bill } from './ask.ts';
import { callFor, type JudgeCall } from './call.ts';
import {
  type Bout,
  boutsOf,
  chooseCases,
  firstBouts,
  judgeProbe,
  type ProbeCase,
  type ProbeName,
  type ProbeResult,
} from './probe.ts';
import type { PromptName } from './prompts.ts';
import type { Reading } from './reading.ts';
import { bothOrders } from './vote.ts';

/** What the probes found. */
export interface Probed {
  readonly results: readonly ProbeResult[];
  readonly bills: readonly Bill[];
  readonly stopped?: string;
}

/**
 * Fights the probes under every prompt that the run uses: a few bouts for each judge and probe, and
 * more where these leave it open.
 */
export async function* probeJudges(
  cases: readonly ProbeCase[],
  { tools, seed }: { readonly tools: AskTools; readonly seed: number },
): AsyncGenerator<AskEvent, Probed> {
  let open = matchesOf(cases, tools.judges, seed);
  const results: ProbeResult[] = [];
  const bills: Bill[] = [];
  for (const round of ['more-to-come', 'last'] as const) {
    if (open.length === 0) break;
    const fought = open.map((match) => ({
      ...match,
      bouts: round === 'last' ? match.bouts : match.bouts.slice(0, firstBouts),
    }));
    const calls = fought.flatMap(({ judge, bouts }) =>
      bouts.flatMap((bout) => callsOf(judge, bout)),
    );
    const answers = yield* ask(calls, tools);
    bills.push(...answers.bills);
    const judged = fought.map((match) => {
      const { judge, prompt, probe, bouts } = match;
      const scores = bouts.flatMap((bout) => scoreOf(judge, bout, answers.readings) ?? []);
      return judgeProbe({ judge: judge.name, prompt, probe }, scores, round);
    });
    results.push(...judged.filter(({ state }) => state !== 'unclear'));
    if (answers.stopped) return { results, bills, stopped: answers.stopped };
    open = open.filter((_, index) => judged[index]?.state === 'unclear');
  }
  return { results, bills };
}

/** One judge against one probe under one prompt. */
interface Match {
  readonly judge: Target;
  readonly prompt: PromptName;
  readonly probe: ProbeName;
  readonly bouts: readonly Bout[];
}

function matchesOf(cases: readonly ProbeCase[], judges: readonly Target[], seed: number): Match[] {
  const prompts = [...Map.groupBy(cases, ({ prompt }) => prompt)];
  return prompts.flatMap(([prompt, own]) =>
    [...boutsOf(chooseCases(own, seed))].flatMap(([probe, bouts]) =>
      judges.map((judge) => ({ judge, prompt, probe, bouts })),
    ),
  );
}

function callsOf(judge: Target, { contest, good }: Bout): JudgeCall[] {
  const call = (of: typeof contest, order: 'candidate-first' | 'opponent-first') =>
    callFor(judge, { contest: of, order, repeat: 1 });
  const second = good ? call(good, 'candidate-first') : call(contest, 'opponent-first');
  return [call(contest, 'candidate-first'), second];
}

/**
 * The probe's score: pairwise as any pair; by rubric 1 where it gets the middle of the scale or more and
 * no less than the good answer.
 */
function scoreOf(
  judge: Target,
  bout: Bout,
  readings: ReadonlyMap<string, Reading>,
): number | undefined {
  const [first, second] = callsOf(judge, bout).map(({ key }) => readings.get(key));
  if (first?.state !== 'read' || second?.state !== 'read') return undefined;
  if (!bout.good) return bothOrders(first.score, second.score);
  return first.score >= 0.5 && first.score >= second.score ? 1 : 0;
}
