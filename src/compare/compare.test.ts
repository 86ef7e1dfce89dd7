import { describe, expect, it } from 'vitest';
import type { Outcome } from '../outcome/outcome.ts';
import { makeManifest } from '../store/manifest.test.helper.ts';
import type { Manifest } from '../store/manifest.ts';
import { compareRuns } from './compare-runs.ts';
import { gateRun } from './gate.ts';
import { defaultGateRules } from './gate-rules.ts';
import { poolRuns } from './pool.ts';
import { type RunRows, toRunRows } from './run-rows.ts';

const manifest = makeManifest({
  workload: { file: 'w.jsonl', hash: 'sha256-1', requests: 600 },
  prices: {
    ...{ catalogue: '2026-11-20', overridden: [] },
    by_target: { small: { input: 1, output: 2 } },
  },
  served_models: { small: { 'm-1': 600 } },
});

interface Night {
  readonly dir?: string;
  readonly manifest?: Partial<Manifest>;
  /** What is put over each row. */
  readonly row?: (index: number) => Partial<Outcome>;
  readonly requests?: number;
}

/** 600 requests in two tasks: nine of ten right, latency 100 to 699 ms. */
function night({ dir = 'reports/one', manifest: other, row, requests = 600 }: Night = {}) {
  const rows = Array.from(
    { length: requests },
    (_, index): Outcome => ({
      request_id: `r-${index}`,
      target: 'small',
      task: index % 2 === 0 ? 'chat' : 'code',
      status: 'ok',
      cost_usd: 0.001 + 0.000001 * (index % 7),
      quality: index % 10 === 0 ? 0 : 1,
      quality_kind: 'check',
      ttft_ms: 50 + (index % 100),
      latency_ms: 100 + ((index * 7) % 600),
      sent_ms: index,
      ...row?.(index),
    }),
  );
  return toRunRows(dir, { ...manifest, ...other }, rows);
}

const later = (other: Night = {}) =>
  night({ dir: 'reports/two', ...other, row: (i) => ({ sent_ms: i + 0.5, ...other.row?.(i) }) });

const changeOf = ({ changes }: ReturnType<typeof compareRuns>, metric: string) =>
  changes.find((change) => change.metric === metric && change.task === undefined);

describe('two runs of one workload', () => {
  it('differ by what was planted, request by request, with limits around it', async () => {
    const after = await later({ row: (i) => ({ cost_usd: 0.0012 + 0.000001 * (i % 5) }) });
    const found = compareRuns(await night(), after);
    const cost = changeOf(found, 'cost_usd');
    expect(cost?.paired).toBe(true);
    expect(cost?.difference.estimate).toBeCloseTo(0.000199, 6);
    expect(cost?.difference.low).toBeGreaterThan(0.00019);
    expect(changeOf(found, 'quality')?.difference).toEqual({ estimate: 0, low: 0, high: 0 });
    expect(found.circumstances).toEqual([]);
  });

  it('are compared by task too, and by percentile', async () => {
    const after = await later({
      row: (i) => (i % 2 === 0 ? { quality: i % 3 === 0 ? 0 : 1 } : {}),
    });
    const found = compareRuns(await night(), after);
    const chat = found.changes.find(({ task, metric }) => task === 'chat' && metric === 'quality');
    const code = found.changes.find(({ task, metric }) => task === 'code' && metric === 'quality');
    expect(chat?.difference.high).toBeLessThan(0);
    expect(code?.difference.estimate).toBe(0);
    expect(changeOf(found, 'latency_p99_ms')?.difference.estimate).toBe(0);
  });

  it('count a session as one unit, so that one bad session shows less than as many bad requests', async () => {
    const sessions = (i: number) => ({ session: `s-${Math.floor(i / 20)}` });
    const bad = (i: number) => (i < 60 ? { quality: 0 } : {});
    const alone = compareRuns(await night(), await later({ row: bad }));
    const inSessions = compareRuns(
      await night({ row: sessions }),
      await later({ row: (i) => ({ ...sessions(i), ...bad(i) }) }),
    );
    const width = (found: typeof alone) => {
      const { low = 0, high = 0 } = changeOf(found, 'quality')?.difference ?? {};
      return high - low;
    };
    expect(width(inSessions)).toBeGreaterThan(2 * width(alone));
  });

  it.each([
    ['vantage', { vantage: { name: 'us-1', node: 'v24', cpus: 2 } }, 'latency_p99_ms'],
    ['load', { load: { mode: 'closed', concurrency: 64 } }, 'ttft_p50_ms'],
    [
      'judges',
      { config: { quality: { judges: ['a'] }, targets: { a: { model: 'j' } } } },
      'quality',
    ],
  ])('of another %s are not compared in what depends on it', async (what, other, metric) => {
    const found = compareRuns(await night(), await later({ manifest: other }));
    expect(found.circumstances.map((each) => each.what)).toContain(what);
    expect(changeOf(found, metric)).toBeUndefined();
    expect(changeOf(found, 'cost_usd')).toBeDefined();
  });

  it('are compared as samples where the workload is another', async () => {
    const workload = { file: 'v.jsonl', hash: 'sha256-2', requests: 600 };
    const found = compareRuns(await night(), await later({ manifest: { workload } }));
    expect(found.same_requests).toBe(false);
    expect(changeOf(found, 'cost_usd')?.paired).toBe(false);
  });

  it('that share no target are refused by their names', async () => {
    const other = await later({ row: () => ({ target: 'large' }) });
    await expect(async () => compareRuns(await night(), other)).rejects.toThrow(
      'share no target: small against large',
    );
  });
});

describe('a gate', () => {
  const gated = async (after: Promise<RunRows>, before = night()) =>
    gateRun(await before, await after, { rules: defaultGateRules });
  const failed = (found: Awaited<ReturnType<typeof gated>>) =>
    found.findings.filter(({ verdict }) => verdict === 'FAIL').map(({ check }) => check);

  it('passes a night like the one before', async () => {
    const found = await gated(later());
    expect(found.verdict).toBe('PASS');
    const { quality, others } = found.error_per_test;
    // One test of quality and four others spend the error of a night.
    expect(30 * (quality + 4 * others)).toBeCloseTo(0.05, 10);
    expect(quality).toBeCloseTo(0.05 / 30 / 2, 10);
    expect(found.accepted).toBe(true);
  });

  it.each([
    ['cost', (i: number) => ({ cost_usd: 0.0012 + 0.000001 * (i % 7) })],
    ['quality', (i: number) => ({ quality: i % 5 === 0 ? 0 : 1 })],
    ['latency p99', (i: number) => ({ latency_ms: 2 * (100 + ((i * 7) % 600)) })],
    ['failures', (i: number) => (i % 8 === 0 ? { status: 'failed' as const, quality: 0 } : {})],
  ])('fails a night whose %s is worse', async (check, row) => {
    // A p99 has limits of this error from some 1,000 requests on.
    const found = await gated(later({ row, requests: 1_200 }), night({ requests: 1_200 }));
    expect(found.verdict).toBe('FAIL');
    expect(failed(found)).toContain(check);
  });

  it('neither fails nor accepts a night that is shown to be worse at 5 % only', async () => {
    const found = await gated(
      later({ row: (i) => ({ quality: i % 10 === 0 || i % 60 === 1 ? 0 : 1 }) }),
    );
    const quality = found.findings.find(({ check }) => check === 'quality');
    expect([quality?.verdict, quality?.suspect]).toEqual(['INCONCLUSIVE', true]);
    expect([found.verdict, found.accepted]).toEqual(['INCONCLUSIVE', false]);
  });

  it('says inconclusive where the night is too small to show either', async () => {
    const small = (dir: string) =>
      night({ dir, requests: 30, row: (i) => ({ sent_ms: i + dir.length }) });
    const after = later({ requests: 30, row: (i) => (i === 5 ? { quality: 0 } : {}) });
    expect((await gated(after, small('reports/first'))).verdict).toBe('INCONCLUSIVE');
  });

  it('fails for a swapped model and a price that rose, and notes one that fell', async () => {
    const prices = (input: number) => ({
      ...manifest.prices,
      by_target: { small: { input, output: 2 } },
    });
    expect(
      failed(await gated(later({ manifest: { served_models: { small: { 'm-2': 600 } } } }))),
    ).toEqual(['served model']);
    expect(failed(await gated(later({ manifest: { prices: prices(1.2) } })))).toEqual(['price']);
    const fell = await gated(later({ manifest: { prices: prices(0.5) } }));
    expect(fell.findings.find(({ check }) => check === 'price')?.verdict).toBe('NOTE');
  });

  it('fails for requests that are missing, for rows that stand twice and for answers of the baseline itself', async () => {
    expect(failed(await gated(later({ requests: 500 })))).toEqual(['missing']);
    const twice = later({ row: (i) => (i === 7 ? { request_id: 'r-6' } : {}) });
    expect(failed(await gated(twice))).toEqual(['missing', 'duplicates']);
    expect(failed(await gated(night({ dir: 'reports/copy' })))).toEqual(['copies']);
  });
});

describe('a gate that may not compare', () => {
  const us = { vantage: { name: 'us-1', node: 'v24', cpus: 2 } };
  const busy = { load: { mode: 'closed', concurrency: 64 } };
  const judged = { config: { quality: { judges: ['a'] }, targets: { a: { model: 'j' } } } };
  const late = { invalid: ['arb itself was slow'] };
  const big = { requests: 1_200 };
  const gate = async (other: Partial<Manifest>, row?: Night['row']) =>
    gateRun(await night(big), await later({ ...big, manifest: other, ...(row && { row }) }), {
      rules: defaultGateRules,
    });

  it.each([
    ['another vantage', us, ['TTFT p99', 'latency p99'], 'from different places'],
    ['another load', busy, ['TTFT p99', 'latency p99'], 'under different loads'],
    ['times that cannot be trusted', late, ['TTFT p99', 'latency p99'], 'arb itself was slow'],
    ['other judges', judged, ['quality'], 'by different judges'],
  ])(
    'for %s is INCONCLUSIVE in what depends on it, and says why',
    async (_, other, checks, why) => {
      const found = await gate(other);
      const open = found.findings.filter(({ verdict }) => verdict === 'INCONCLUSIVE');
      expect(found.verdict).toBe('INCONCLUSIVE');
      expect(open.map(({ check }) => check)).toEqual(checks);
      for (const { text } of open) expect(text).toMatch(new RegExp(`^not compared: .*${why}`));
    },
  );

  it('names another version of arb and of Node, and another price', async () => {
    const prices = { ...manifest.prices, by_target: { small: { input: 0.5, output: 2 } } };
    const found = await gate({ arb: '0.2.0', versions: { node: '26.1.0' }, prices });
    expect(found.circumstances.map(({ what }) => what)).toEqual([
      'arb',
      'Node',
      'price of small (USD per million tokens)',
    ]);
    expect(found.verdict).toBe('PASS');
  });

  it.each([
    [
      'quality is by other means',
      () => ({ quality_kind: 'pairwise' as const }),
      /by check before and by pairwise after/,
    ],
    [
      'nothing was judged',
      () => ({ quality: undefined }),
      /1200 requests before and 0 after are too few/,
    ],
  ])('as %s does not pass it', async (_, row, why) => {
    const found = await gate({}, row as Night['row']);
    const quality = found.findings.find(({ check }) => check === 'quality');
    expect(quality?.verdict).toBe('INCONCLUSIVE');
    expect(quality?.text).toMatch(why);
  });

  it('fails for requests of its own workload that have no row', async () => {
    const workload = { file: 'v.jsonl', hash: 'sha256-2', requests: 1_201 };
    const found = await gate({ workload });
    const missing = found.findings.find(({ check }) => check === 'missing');
    expect([found.verdict, missing?.text]).toEqual(['FAIL', '1 of 1201 requests have no row']);
  });

  it('takes what the deployed policy does not use as a note, and does not pass a target without a past', async () => {
    const prices = { ...manifest.prices, by_target: { small: { input: 9, output: 2 } } };
    const served = { small: { 'm-2': 600 } };
    const after = await later({ manifest: { prices, served_models: served } });
    const found = gateRun(await night(), after, { rules: defaultGateRules, targets: ['large'] });
    expect(found.findings.map(({ check, verdict }) => [check, verdict])).toEqual([
      ['new', 'INCONCLUSIVE'],
      ['price', 'NOTE'],
      ['served model', 'NOTE'],
    ]);
    expect(found.verdict).toBe('INCONCLUSIVE');
  });
});

describe('several nights as one baseline', () => {
  it('leave out those that were judged or measured otherwise than the newest, by name', async () => {
    const old = { vantage: { name: 'us-1', node: 'v24', cpus: 2 } };
    const pooled = poolRuns([await night(), await later({ manifest: old })]);
    expect(pooled.targets.get('small')?.size).toBe(600);
    expect(pooled.leftOut).toEqual([
      'reports/two is left out: times were measured from different places',
    ]);
    const run = await night({ dir: 'reports/three', row: (i) => ({ sent_ms: i + 0.7 }) });
    const { findings } = gateRun(pooled, run, { rules: defaultGateRules });
    expect(findings[0]).toMatchObject({ check: 'baseline', verdict: 'NOTE' });
  });

  it('hold all their requests, but a copy of a night counts once', async () => {
    const nights = [await night(), await later(), await night({ dir: 'reports/copy' })];
    expect(poolRuns(nights).targets.get('small')?.size).toBe(1_200);
  });
});
