import type { Verdict } from '../src/judge/check/verdict.ts';
import { correctedMeans, type HumanLabel } from '../src/judge/label/corrected.ts';
import { type ProbeCase, probeNames } from '../src/judge/panel/probe.ts';
import { probeJudges } from '../src/judge/panel/probing.ts';
import { measureTrust, toScore } from '../src/judge/panel/trust.ts';
import { chat, judgeNamed, referenceAnswer, replayOf } from '../src/judge/replay.test.helper.ts';
import { judgeReply } from '../src/sim/judge/judge-reply.ts';
import type { Truths } from '../src/sim/judge/judge-truth.ts';
import {
  type JudgedCase,
  type JudgedTarget,
  judgedCases,
} from '../src/sim/judge/judge-world.test.helper.ts';
import { deceptions, judgeSchema, type SimulatedJudge } from '../src/sim/market/judge-schema.ts';
import { type Draws, drawsFor } from '../src/sim/market/random.ts';
import { ppiMean } from '../src/statistics/ppi.ts';
import type { IntervalEstimate } from '../src/statistics/score-limits.ts';

/**
 * What judged quality is worth, against simulated judges whose faults are known: does the corrected
 * order come out right, do the limits hold the truth as often as they say, and is a fair judge let in
 * and a gullible one not. `node bench/judges.ts` prints a table and ends with 1 where a line fails.
 */
interface Line {
  readonly what: string;
  readonly got: number;
  readonly of: number;
  readonly least: number;
  readonly most: number;
}

const lines: Line[] = [];

function report(what: string, got: number, bounds: { of: number; least?: number; most?: number }) {
  const line = {
    what,
    got,
    of: bounds.of,
    least: bounds.least ?? 0,
    most: bounds.most ?? bounds.of,
  };
  lines.push(line);
  const range = `${line.least}..${line.most} of ${line.of}`;
  const verdict = got >= line.least && got <= line.most ? 'ok' : 'BREACH';
  console.log(`${what.padEnd(66)} ${String(got).padStart(5)}  ${range.padEnd(20)} ${verdict}`);
}

const startedAt = performance.now();
console.log(`${'what'.padEnd(66)} ${'got'.padStart(5)}  wanted`);

const judge = (faults: Partial<SimulatedJudge>) => judgeSchema.parse({ accuracy: 0.8, ...faults });

/** Five targets 8 points apart; the worse, the longer and the more the judge likes it for that. */
const worlds = [0, 1, 2, 3, 4].map(
  (index): JudgedTarget => ({
    judge: judge({ position_bias: 0.1, length_bias: 0.5 * (1 - index / 4) }),
    target: `target-${index}`,
    rate: 0.34 + 0.08 * index,
    longer: 1,
  }),
);

function orders() {
  const seeds = 200;
  let [raw, corrected] = [0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const draws = drawsFor(seed, 'orders');
    const verdicts: Verdict[] = [];
    const labels: HumanLabel[] = [];
    judgedCases(worlds, 2_000, draws).forEach((each, index) => {
      const { request_id, target, human } = each;
      const quality = toScore(each) ?? 0;
      const votes = [{ judge: 'sim', score: quality }];
      const row = { request_id, target, pass: 1 };
      verdicts.push({ ...row, quality, quality_kind: 'pairwise', by: 'sim', votes });
      if (index < 500 * worlds.length) labels.push({ ...row, score: human });
    });
    const means = correctedMeans({ verdicts, labels, taskOf: () => undefined });
    const rising = (of: (mean: (typeof means)[number]) => number) => {
      const sorted = means.toSorted((a, b) => of(a) - of(b)).map(({ target }) => target);
      return sorted.join() === worlds.map(({ target }) => target).join();
    };
    if (rising(({ judge: mean }) => mean)) raw += 1;
    if (rising(({ estimate }) => estimate)) corrected += 1;
  }
  report('order of 5 targets right, corrected by 500 labels each', corrected, {
    of: seeds,
    least: 190,
  });
  report('the same by the judge alone', raw, { of: seeds, most: 79 });
}

type Measured = Readonly<Record<string, IntervalEstimate | undefined>>;

function measured(cases: readonly JudgedCase[]): Measured {
  // A hundred repeats in a run; the truth is the same for the first hundred.
  const trust = measureTrust(
    cases.map((each, index) => {
      const { again: _, ...rest } = each;
      return index % 5 === 0 ? each : rest;
    }),
  );
  return {
    'position consistency': trust.position_consistency,
    'repeat consistency': trust.repeat_consistency,
    'tie rate': trust.ties,
    'first answer wins': trust.first_wins,
    'correlation with length': trust.length.correlation,
    'longest wins': trust.length.longest_wins,
    'kappa with people': trust.people?.kappa,
    'agreement with people': trust.people?.judge_agrees,
  };
}

function coverage() {
  const seeds = 1_000;
  const faulty = worlds.map((world) => ({
    ...world,
    longer: 0.2,
    judge: { ...world.judge, position_bias: 0.15, noise: 0.1 },
  }));
  const cases = (requests: number, draws: Draws) => judgedCases(faulty, requests, draws);
  const truth = measured(cases(120_000, drawsFor(0, 'truth')));
  const covered = new Map(Object.keys(truth).map((name) => [name, 0]));
  for (let seed = 1; seed <= seeds; seed++) {
    const found = measured(cases(100, drawsFor(seed, 'coverage')));
    for (const [name, estimate] of Object.entries(found)) {
      const true_ = truth[name]?.estimate ?? Number.NaN;
      const holds = estimate && estimate.low <= true_ && true_ <= estimate.high;
      if (holds) covered.set(name, (covered.get(name) ?? 0) + 1);
    }
  }
  for (const [name, count] of covered) {
    const value = truth[name]?.estimate.toFixed(3);
    report(`95 % limits hold the truth: ${name} (${value})`, count, {
      of: seeds,
      least: 930,
      most: 970,
    });
  }
}

function predictionPowered() {
  const seeds = 1_000;
  for (const rate of [0.5, 0.8, 0.95]) {
    let [covered, narrower, widths, alone] = [0, 0, 0, 0];
    for (let seed = 1; seed <= seeds; seed++) {
      const draws = drawsFor(seed, 'ppi', rate);
      const all = Array.from({ length: 2_000 }, () => {
        const human = draws.uniform() < rate ? 1 : 0;
        return { human, judge: draws.uniform() < 0.8 ? human : 1 - human };
      });
      const mean = ppiMean(all, all.slice(0, 150));
      if (!mean) throw new Error('150 labels are enough');
      if (mean.low <= rate && rate <= mean.high) covered += 1;
      const [width, own] = [mean, mean.labelsOnly].map(({ low, high }) => high - low);
      if ((width ?? 1) < (own ?? 0)) narrower += 1;
      widths += (width ?? 0) / seeds;
      alone += (own ?? 0) / seeds;
    }
    const width = `width ${widths.toFixed(4)}, labels alone ${alone.toFixed(4)}`;
    report(`PPI of 150 labels on 2,000 pairs covers ${rate} (${width})`, covered, {
      of: seeds,
      least: 930,
      most: 970,
    });
    report(`PPI at ${rate} is narrower than the labels alone`, narrower, { of: seeds, least: 950 });
  }
}

const requests = Array.from({ length: 24 }, (_, index) => chat(index));
const truths: Truths = {
  isRight(message, answer) {
    const index = Number(/\d+/.exec(message)?.[0]);
    return answer.includes(referenceAnswer(index));
  },
};

/** Which probes a judge does not stand, under one prompt. */
async function refusedBy(sim: SimulatedJudge, prompt: ProbeCase['prompt'], seed: number) {
  let attempt = 0;
  const { replay } = replayOf(({ body }) =>
    judgeReply({ judge: sim, messages: body.messages, truths, seed, attempt: attempt++ }),
  );
  const expect = {
    pairwise: [],
    reference: [{ reference: 'how they were made, why they last, who looks after them' }],
    rubric: [{ rubric: 'says how they were made' }],
  }[prompt];
  const cases = requests.map((request, index) => ({
    request: { ...request, expect },
    prompt,
    good: { answer: referenceAnswer(index) },
  }));
  const tools = { stage: 'probes', judges: [judgeNamed('sim')], replay, cache: new Map() } as const;
  const probing = probeJudges(cases, { tools, seed });
  for (;;) {
    const next = await probing.next();
    if (!next.done) continue;
    return next.value.results.filter(({ state }) => state === 'not-lost').map(({ probe }) => probe);
  }
}

async function probes() {
  const seeds = 100;
  for (const prompt of ['pairwise', 'reference', 'rubric'] as const) {
    let accepted = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const refused = await refusedBy(judge({}), prompt, seed);
      if (refused.length === 0) accepted += 1;
    }
    report(`an unbiased judge, 80 % right, is accepted (${prompt})`, accepted, {
      of: seeds,
      least: 95,
    });
    let caught = 0;
    for (const probe of probeNames) {
      for (let seed = 1; seed <= 5; seed++) {
        const weak = judge({ accuracy: 0.95, weak_to: [probe] });
        if ((await refusedBy(weak, prompt, seed)).includes(probe)) caught += 1;
      }
    }
    const all = 5 * probeNames.length;
    report(`a judge weak to a probe is refused by it (${prompt})`, caught, { of: all, least: all });
  }
  const known = new Set<string>(deceptions);
  report(
    'probes the simulated judge can be weak to',
    probeNames.filter((name) => known.has(name)).length,
    { of: probeNames.length, least: probeNames.length },
  );
}

orders();
coverage();
predictionPowered();
await probes();
console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
if (lines.some(({ got, least, most }) => got < least || got > most)) process.exit(1);
