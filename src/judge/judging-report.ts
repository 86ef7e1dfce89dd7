import type { Target } from '../provider/target/target.ts';
import { requestKey } from '../workload/request-key.ts';
import type { Verdict } from './check/verdict.ts';
import { type CorrectedMean, correctedMeans, type HumanLabel } from './label/corrected.ts';
import { type NoiseFloor, noiseFloor } from './noise.ts';
import type { JudgingBill } from './panel/ask.ts';
import { listCalls, type PanelCase, toJudgedAnswer } from './panel/panel.ts';
import type { ProbeResult } from './panel/probe.ts';
import type { Reading } from './panel/reading.ts';
import { type JudgedAnswer, measureTrust, type Trust } from './panel/trust.ts';
import type { VoteBook } from './panel/vote-book.ts';
import type { Material } from './rulings.ts';

/** What one run of judging was and how far it is to be believed; for `summary.json` and reports. */
export interface JudgingReport {
  readonly judges: readonly JudgeReport[];
  /** Votes a verdict needs. */
  readonly votes_needed: number;
  /** Answers decided without a judge, by judges, and not at all. */
  readonly verdicts: {
    readonly settled: number;
    readonly judged: number;
    readonly missing: number;
    /** How many are missing, by reason; absent where none is. */
    readonly missing_by_reason?: Readonly<Record<string, number>>;
  };
  /** The baseline beside itself; empty where it was sampled once. */
  readonly noise: readonly NoiseFloor[];
  /** Means corrected by people's labels; empty without labels. */
  readonly corrected: readonly CorrectedMean[];
  /** All judges together, this time. */
  readonly cost: JudgingCost;
  /** Why judging ended early: `budget`, `deadline`, `interrupted`. */
  readonly stopped?: string;
}

/** One judge in one run. */
export interface JudgeReport {
  readonly judge: string;
  readonly model: string;
  /** `untested`: no probe could be tested. */
  readonly state: 'accepted' | 'refused' | 'untested';
  readonly probes: readonly ProbeResult[];
  readonly trust: Trust;
  /** Answers it stayed out of because its maker made one of the two. */
  readonly abstained: number;
  /** Questions whose reply could not be read even after the second try. */
  readonly unreadable: number;
  /** Questions without a reply. */
  readonly failed: number;
  /** What went wrong first, in words. */
  readonly fault?: string;
  readonly cost: JudgingCost;
}

/** The line of judging, apart from what the targets cost. */
export interface JudgingCost {
  /** Questions sent this time, probes and repetitions in. */
  readonly calls: number;
  readonly attempts: number;
  /** Questions the cache answered. */
  readonly cached: number;
  /** Spent this time; absent where a price is not known. */
  readonly cost_usd?: number;
}

/** All that a run of judging leaves behind. */
export interface Judging {
  readonly judges: readonly Target[];
  readonly needed: number;
  readonly rows: number;
  readonly verdicts: readonly Verdict[];
  /** Why the other rows have none. */
  readonly missing: readonly string[];
  readonly cases: readonly PanelCase[];
  readonly readings: ReadonlyMap<string, Reading>;
  readonly probes: readonly ProbeResult[];
  readonly bills: readonly JudgingBill[];
  readonly book: VoteBook;
  readonly labels: readonly HumanLabel[];
  readonly material: Material;
  readonly baseline?: string;
  readonly stopped?: string;
}

export function createReport(judging: Judging): JudgingReport {
  const { judges, verdicts, material, labels, baseline, bills, book } = judging;
  const judged = verdicts.filter(({ votes }) => votes !== undefined).length;
  const taskOf = (requestId: string) => material.requests.get(requestId)?.task;
  const cached = judges.reduce((sum, { name }) => sum + book.cachedBy(name), 0);
  return {
    judges: judges.map((judge) => judgeReport(judge, judging)),
    votes_needed: judging.needed,
    verdicts: {
      settled: verdicts.length - judged,
      judged,
      missing: judging.rows - verdicts.length,
      ...(judging.missing.length > 0 && { missing_by_reason: countEach(judging.missing) }),
    },
    noise: baseline === undefined ? [] : noiseFloor(verdicts, baseline, material.referenceOf),
    corrected: correctedMeans({ verdicts, labels, taskOf }),
    cost: sumCost(bills, cached),
    ...(judging.stopped && { stopped: judging.stopped }),
  };
}

function countEach(reasons: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function judgeReport({ name, model }: Target, judging: Judging): JudgeReport {
  const { cases, readings, bills, book } = judging;
  const probes = judging.probes.filter(({ judge }) => judge === name);
  const own = cases.flatMap((panelCase) => {
    const calls = panelCase.asked.find(({ judge }) => judge === name);
    return calls ? [{ panelCase, calls }] : [];
  });
  const keys = new Set(own.flatMap(({ calls }) => listCalls(calls).map(({ key }) => key)));
  const bad = [...keys].flatMap((key) => {
    const reading = readings.get(key);
    return reading === undefined || reading.state === 'read' ? [] : [reading];
  });
  const known = new Map(judging.labels.map((label) => [requestKey(label), label.score]));
  const answers = own.map(({ panelCase, calls }): JudgedAnswer => {
    const human = known.get(requestKey(panelCase.row));
    return { ...toJudgedAnswer(calls, panelCase, readings), ...(human !== undefined && { human }) };
  });
  const [fault] = bad;
  return {
    judge: name,
    model,
    state: toState(probes),
    probes,
    trust: measureTrust(answers),
    abstained: cases.filter(({ abstained }) => abstained.includes(name)).length,
    unreadable: bad.filter(({ state }) => state === 'unreadable').length,
    failed: bad.filter(({ state }) => state === 'failed').length,
    ...(fault && { fault: fault.why }),
    cost: sumCost(
      bills.filter(({ judge }) => judge === name),
      book.cachedBy(name),
    ),
  };
}

function toState(probes: readonly ProbeResult[]): JudgeReport['state'] {
  if (probes.some(({ state }) => state === 'not-lost')) return 'refused';
  return probes.some(({ state }) => state === 'lost') ? 'accepted' : 'untested';
}

function sumCost(bills: readonly JudgingBill[], cached: number): JudgingCost {
  const unknown = bills.some(({ cost_usd }) => cost_usd === undefined);
  const spent = bills.reduce((sum, { cost_usd = 0 }) => sum + cost_usd, 0);
  return {
    calls: bills.length,
    attempts: bills.reduce((sum, { attempts }) => sum + attempts, 0),
    cached,
    ...(!unknown && { cost_usd: spent }),
  };
}
