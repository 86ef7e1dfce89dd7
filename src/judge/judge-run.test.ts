import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeReply } from '../sim/judge/judge-reply.ts';
import { readTruths, type Truths } from '../sim/judge/judge-truth.ts';
import { judgeSchema, type SimulatedJudge } from '../sim/market/judge-schema.ts';
import type { Expectation } from '../workload/expectation.ts';
import type { WorkloadRequest } from '../workload/request.ts';
import { type JudgeRunOptions, judgeRun } from './judge-run.ts';
import { type CachedVote, voteCache } from './panel/cache.ts';
import type { AnswerRow } from './panel/comparison.ts';
import { probeNames } from './panel/probe.ts';
import { findReferences } from './references.ts';
import {
  chat,
  chats,
  collect,
  judgeNamed,
  referenceAnswer,
  replayOf,
  type Says,
} from './replay.test.helper.ts';

async function truthsOf(requests: readonly WorkloadRequest[]): Promise<Truths> {
  const file = join(mkdtempSync(join(tmpdir(), 'arb-judge-')), 'workload.jsonl');
  const lines = requests.map(({ id, body, expect, recorded }) =>
    JSON.stringify({ id, request: body, expect, recorded: { answer: recorded?.answer } }),
  );
  writeFileSync(file, lines.join('\n'));
  return readTruths(file);
}

function simulated(judge: Partial<SimulatedJudge>, truths: Truths): Says {
  const whole = judgeSchema.parse({ accuracy: 1, ...judge });
  let attempt = 0;
  return ({ body }) =>
    judgeReply({ judge: whole, messages: body.messages, truths, seed: 7, attempt: attempt++ });
}

function options(
  requests: readonly WorkloadRequest[],
  rows: readonly AnswerRow[],
  change: Partial<JudgeRunOptions>,
): JudgeRunOptions {
  const known = new Map(requests.map((request) => [request.id, request]));
  const makerOf = (target: string) => `${target}-maker`;
  return {
    requests: known,
    rows,
    judges: [judgeNamed('judge')],
    makerOf,
    referenceOf: findReferences({ requests: known, rows, baseline: 'recorded', makerOf }),
    replay: replayOf(() => ({ fails: 'nobody was to be asked' })).replay,
    repeats: 0,
    ...change,
  };
}

const row = (index: number, answer: string, target = 'cheap'): AnswerRow => ({
  request_id: `r-${index}`,
  target,
  pass: 1,
  answer,
});

const better = (index: number) => `${referenceAnswer(index)} Besides, there is a good book on it.`;
const worse = 'Nobody can say much about that in general, it depends on many things and people.';
const verdictFor = (winner: string) => JSON.stringify({ reason: 'so', winner });

describe('judging a run', () => {
  it('finds the better answer in both orders, and ties where the orders disagree', async () => {
    const requests = chats(8);
    const truths = await truthsOf(requests);
    const rows = requests.map((_, index) => row(index, index % 2 === 0 ? worse : better(index)));
    const honest = replayOf(simulated({ ties: 1 }, truths));
    const { of } = await collect(judgeRun(options(requests, rows, { replay: honest.replay })));
    const scores = of('verdict').map(({ verdict }) => verdict.quality);
    expect(scores).toEqual([0, 0.5, 0, 0.5, 0, 0.5, 0, 0.5]);
    const fair = simulated({}, truths);
    const first = replayOf((request, judge) =>
      worseShown(request) ? verdictFor('first') : fair(request, judge),
    );
    const both = await collect(
      judgeRun(options(requests, [row(0, worse)], { replay: first.replay })),
    );
    expect(both.of('verdict')[0]?.verdict).toMatchObject({ quality: 0.5, by: 'judge' });
    expect(both.of('report')[0]?.report.judges[0]?.trust.position_consistency?.estimate).toBe(0);
  });

  it('asks nobody about answers that are the same, empty, or failed their checks', async () => {
    const rubric: Expectation[] = [{ contains: 'book' }, { rubric: 'names a book' }];
    const requests = [
      ...chats(2),
      ...chats(4, { expect: rubric }).slice(2),
      ...chats(5, { expect: [{ exact: 'yes' }] }).slice(4),
    ];
    const rows = [row(0, `${referenceAnswer(0)}\n`), row(1, ' '), row(2, worse), row(4, 'yes')];
    const { replay, sent } = replayOf(() => verdictFor('tie'));
    const { of } = await collect(judgeRun(options(requests, rows, { replay })));
    expect(sent).toEqual([]);
    expect(of('verdict').map(({ verdict }) => [verdict.quality, verdict.quality_kind])).toEqual([
      [0.5, 'pairwise'],
      [0, 'pairwise'],
      [0, 'rubric'],
      [1, 'check'],
    ]);
  });

  it('makes no call a second time, and bills nothing for it', async () => {
    const requests = chats(10);
    const truths = await truthsOf(requests);
    const rows = requests.flatMap((_, index) => [
      row(index, better(index)),
      row(index, worse, 'b'),
    ]);
    const first = replayOf(simulated({ unreadable: 0.2, accuracy: 0.9 }, truths));
    const run = await collect(
      judgeRun(options(requests, rows, { replay: first.replay, repeats: 5 })),
    );
    const votes: CachedVote[] = run.of('vote').map(({ vote }) => vote);
    const report = run.of('report')[0]?.report;
    expect(first.sent.length).toBeGreaterThan(40);
    expect(report?.cost.cost_usd).toBeCloseTo(first.sent.length * 0.001);
    expect(report?.cost.attempts).toBe(first.sent.length);

    const second = replayOf(() => ({ fails: 'nobody was to be asked' }));
    const cache = voteCache(votes);
    const again = await collect(
      judgeRun(options(requests, rows, { replay: second.replay, repeats: 5, cache })),
    );
    expect(second.sent).toEqual([]);
    expect(again.of('verdict')).toEqual(run.of('verdict'));
    expect(again.of('missing')).toEqual(run.of('missing'));
    const cost = again.of('report')[0]?.report.cost;
    expect(cost).toMatchObject({ calls: 0, attempts: 0, cost_usd: 0, cached: report?.cost.calls });

    const other = replayOf(simulated({}, truths));
    const judges = [judgeNamed('judge', { model: 'newer' })];
    await collect(judgeRun(options(requests, rows, { replay: other.replay, judges, cache })));
    expect(other.sent.length).toBeGreaterThan(40);
  });

  it('asks one question once, however many targets gave the answer', async () => {
    const requests = chats(1);
    const rows = ['a', 'b', 'c'].map((target) => row(0, worse, target));
    const { replay, sent } = replayOf(simulated({}, await truthsOf(requests)));
    await collect(judgeRun(options(requests, rows, { replay })));
    const asked = sent.filter(({ request }) => worseShown(request));
    expect(asked.map(({ request }) => request.id.split('/')[1])).toEqual([
      'candidate-first',
      'opponent-first',
    ]);
  });

  it('lets a judge abstain on its own maker, and wants two votes of a panel', async () => {
    const requests = chats(3);
    const truths = await truthsOf(requests);
    const rows = [row(0, worse), row(1, worse, 'a'), row(2, worse, 'b')];
    const judges = ['a', 'b', 'c'].map((name) => judgeNamed(name));
    const { replay } = replayOf(simulated({}, truths));
    const { of } = await collect(judgeRun(options(requests, rows, { replay, judges })));
    expect(of('verdict').map(({ verdict }) => [verdict.by, verdict.quality])).toEqual([
      ['a+b+c', 0],
      ['b+c', 0],
      ['a+c', 0],
    ]);
    const two = judges.slice(0, 2);
    const few = await collect(judgeRun(options(requests, rows, { replay, judges: two })));
    expect(few.of('missing').map(({ why }) => why)).toEqual([
      '1 vote; a abstains: its maker made one of the answers',
      '1 vote; b abstains: its maker made one of the answers',
    ]);
  });

  it('tries once to repair a reply, and counts what stays unreadable as missing', async () => {
    const requests = chats(2);
    const rows = [row(0, worse), row(1, worse)];
    const fair = simulated({}, await truthsOf(requests));
    const shy: Says = (request, judge) => {
      if (!worseShown(request)) return fair(request, judge);
      if (!request.id.includes('/repair/')) return `I say ${verdictFor('first')}`;
      const about = JSON.stringify(request.body).includes('Question 0');
      return about ? `\`\`\`json\n${verdictFor('First')}\n\`\`\`` : '?';
    };
    const { replay, sent } = replayOf(shy);
    const { of } = await collect(judgeRun(options(requests, rows, { replay })));
    expect(of('verdict').map(({ verdict }) => verdict.request_id)).toEqual(['r-0']);
    expect(of('missing')[0]).toMatchObject({ request_id: 'r-1', quality_kind: 'pairwise' });
    expect(of('missing')[0]?.why).toContain('judge cannot be read');
    const repairs = sent.filter(({ request }) => request.id.includes('/repair/'));
    expect(repairs.every(({ request }) => request.body.messages.length === 4)).toBe(true);
    expect(of('report')[0]?.report.judges[0]?.unreadable).toBe(2);
  });

  it('keeps what was judged when the budget ends it', async () => {
    const requests = chats(6);
    const truths = await truthsOf(requests);
    const rows = requests.map((_, index) => row(index, worse));
    const probes = replayOf(simulated({}, truths));
    const whole = await collect(judgeRun(options(requests, rows, { replay: probes.replay })));
    const { replay } = replayOf(simulated({}, truths), probes.sent.length - 5);
    const { of } = await collect(judgeRun(options(requests, rows, { replay })));
    expect(of('report')[0]?.report.stopped).toBe('budget');
    expect(of('verdict').length + of('missing').length).toBe(6);
    expect(of('missing').length).toBeGreaterThan(0);
    expect(of('vote').length).toBe(whole.of('vote').length - 5);
  });

  it('scores by a rubric, and takes the middle of a panel', async () => {
    const requests = chats(6, { expect: [{ rubric: 'says how they are made' }] });
    const truths = await truthsOf(requests);
    const rows = requests.map((_, index) => row(index, index === 0 ? worse : better(index)));
    const judges = ['a', 'b'].map((name) => judgeNamed(name));
    const { replay, sent } = replayOf(simulated({}, truths));
    const { of } = await collect(judgeRun(options(requests, rows, { replay, judges })));
    expect(of('verdict').map(({ verdict }) => verdict.quality)).toEqual([0, 1, 1, 1, 1, 1]);
    expect(of('verdict').every(({ verdict }) => verdict.quality_kind === 'rubric')).toBe(true);
    expect(sent.every(({ request }) => request.id.startsWith('rubric-1/candidate-first/'))).toBe(
      true,
    );
  });

  it('does not decide between answers that differ only where they were cut', async () => {
    const requests = [chat(0, { recorded: { answer: `${'a'.repeat(90_000)}` } })];
    const changed = `${'a'.repeat(45_000)}b${'a'.repeat(44_999)}`;
    const { replay } = replayOf(() => verdictFor('tie'));
    const { of } = await collect(judgeRun(options(requests, [row(0, changed)], { replay })));
    const whys = of('missing').map(({ why }) => why);
    expect(whys[0]).toContain('differ only in what is too long to be shown');
    expect(of('report')[0]?.report.verdicts).toMatchObject({
      missing: whys.length,
      missing_by_reason: { [whys[0] ?? '']: whys.length },
    });
    const longer = await collect(
      judgeRun(
        options(chats(1), [row(0, `${worse} ${'x'.repeat(90_000)}`)], {
          replay: replayOf(simulated({}, await truthsOf(chats(1)))).replay,
        }),
      ),
    );
    expect(longer.of('verdict')[0]?.verdict).toMatchObject({ quality: 0 });
    expect(longer.of('verdict')[0]?.verdict.why).toMatch(/an answer has 900\d\d characters/);
  });

  it('never sends to a judge what may not be sent to it', async () => {
    const requests = chats(1, { metadata: { data_class: 'secret' } });
    const { replay, sent } = replayOf(simulated({}, await truthsOf(requests)));
    await collect(judgeRun(options(requests, [row(0, worse)], { replay })));
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.every(({ request }) => request.metadata.data_class === 'secret')).toBe(true);
  });

  it('says what the baseline differs from itself', async () => {
    const requests = chats(40);
    const truths = await truthsOf(requests);
    const rows = requests.flatMap((_, index) => [
      row(index, better(index), 'base'),
      { ...row(index, index % 4 === 0 ? worse : `${better(index)} Yes.`, 'base'), pass: 2 },
    ]);
    const known = new Map(requests.map((request) => [request.id, request]));
    const referenceOf = findReferences({
      requests: known,
      rows,
      baseline: 'base',
      makerOf: () => 'm',
    });
    const { replay } = replayOf(simulated({ ties: 1 }, truths));
    const { of } = await collect(
      judgeRun(options(requests, rows, { replay, referenceOf, baseline: 'base' })),
    );
    const [floor] = of('report')[0]?.report.noise ?? [];
    expect(floor).toMatchObject({ kind: 'pairwise', requests: 40 });
    expect(floor?.difference.estimate).toBeCloseTo(-0.125);
    expect(floor?.differing.estimate).toBeCloseTo(0.25);
    expect(of('report')[0]?.report.verdicts).toEqual({ settled: 40, judged: 40, missing: 0 });
  });
});

describe('probes', () => {
  const kinds: [string, Expectation[]][] = [
    ['pairwise', []],
    ['reference', [{ reference: 'how they were made, why they last, who looks after them' }]],
    ['rubric', [{ rubric: 'says how they are made' }]],
  ];

  it.each(kinds)('lose against a judge without faults (%s)', async (prompt, expectations) => {
    const requests = chats(8, { expect: expectations });
    const truths = await truthsOf(requests.map((request) => ({ ...request, expect: [] })));
    const rows = requests.map((_, index) => row(index, better(index)));
    const { replay } = replayOf(simulated({}, truths));
    const { of } = await collect(judgeRun(options(requests, rows, { replay })));
    const [judge] = of('report')[0]?.report.judges ?? [];
    expect(judge?.state).toBe('accepted');
    expect(judge?.probes.map(({ probe }) => probe).sort()).toEqual([...probeNames].sort());
    expect(judge?.probes.every((probe) => probe.state === 'lost' && probe.prompt === prompt)).toBe(
      true,
    );
  });

  const weak = kinds.flatMap(([prompt, expectations]) =>
    probeNames.map((probe) => [probe, prompt, expectations] as const),
  );

  it.each(weak)('refuse a judge that falls for "%s" (%s)', async (probe, _, expectations) => {
    const requests = chats(8, { expect: expectations });
    const truths = await truthsOf(requests.map((request) => ({ ...request, expect: [] })));
    const rows = requests.map((_, index) => row(index, better(index)));
    const { replay } = replayOf(simulated({ weak_to: [probe] }, truths));
    await expect(collect(judgeRun(options(requests, rows, { replay })))).rejects.toThrow(
      `judge "judge" is refused: the probe "${probe}" must lose`,
    );
  });

  it('take one bad judge off a panel and go on with the others', async () => {
    const requests = chats(8);
    const truths = await truthsOf(requests);
    const rows = requests.map((_, index) => row(index, worse));
    const judges = ['a', 'b', 'c'].map((name) => judgeNamed(name));
    const [honest, gullible] = [
      simulated({}, truths),
      simulated({ weak_to: ['injected'] }, truths),
    ];
    const { replay } = replayOf((request, judge) =>
      judge === 'b' ? gullible(request, judge) : honest(request, judge),
    );
    const { of } = await collect(judgeRun(options(requests, rows, { replay, judges })));
    expect(of('refused').map(({ judge, probe }) => [judge, probe.probe])).toEqual([
      ['b', 'injected'],
    ]);
    expect(of('verdict').every(({ verdict }) => verdict.by === 'a+c')).toBe(true);
    expect(of('report')[0]?.report.judges.map(({ state }) => state)).toEqual([
      'accepted',
      'refused',
      'accepted',
    ]);
  });
});

const worseShown = ({ body }: WorkloadRequest) => String(body.messages[1]?.content).includes(worse);

describe('a judge that is of no use', () => {
  it('is refused after its probes where its replies cannot be read, and says what that cost', async () => {
    const { replay, sent } = replayOf(() => 'I like them both.');
    const requests = chats(40);
    const rows = requests.map((_, index) => row(index, worse));
    const judging = collect(judgeRun(options(requests, rows, { replay })));
    await expect(judging).rejects.toThrow(
      /judge "judge" is refused: \d+ of \d+ probe replies could not be read \(the reply is not one JSON object\)\.\n0 of the 1 needed judge remain; the probes cost \$0\.0\d+, and no answer was judged/,
    );
    expect(sent.length).toBeLessThan(100);
  });

  it('is not asked any more after 20 replies in a row that cannot be read', async () => {
    const requests = chats(200);
    const rows = requests.map((_, index) => row(index, worse));
    const fair = simulated({}, await truthsOf(requests));
    let asked = 0;
    const { replay, sent } = replayOf((request, judge) => {
      const isAnswer = worseShown(request) && asked++ >= 10;
      return isAnswer || asked > 10 ? 'Both are good.' : fair(request, judge);
    });
    const { of } = await collect(judgeRun(options(requests, rows, { replay })));
    expect(of('report')[0]?.report.stopped).toBe(
      'the last 20 replies of judge "judge" could not be read (the reply is not one JSON object)',
    );
    expect(sent.length).toBeLessThan(200);
  });

  it('is refused before anything is sent where it would judge its own maker alone', async () => {
    const { replay, sent } = replayOf(() => verdictFor('tie'));
    const requests = chats(3);
    const own = judgeNamed('judge', { maker: 'cheap-maker' });
    const rows = requests.map((_, index) => row(index, worse));
    await expect(
      collect(judgeRun(options(requests, rows, { replay, judges: [own] }))),
    ).rejects.toThrow(
      /judges judge \(cheap-maker\): a judge does not judge answers of its own maker's models, and none of the 3 answers .* Nothing was sent\./,
    );
    expect(sent).toEqual([]);
  });

  it('is missed where answers need one and none is named', async () => {
    const requests = chats(3);
    const rows = requests.map((_, index) => row(index, worse));
    await expect(collect(judgeRun(options(requests, rows, { judges: [] })))).rejects.toThrow(
      /3 answers have no check that decides them, and no judge is named/,
    );
  });
});
