import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../../outcome/read.ts';
import { recommendTable } from '../recommend.ts';

/**
 * `strong` needs 201 to 1,200 ms and fails nowhere; `weak` needs 1 to 1,000 ms, fails on every tenth
 * request of task `b` and is wrong on every tenth of task `a`.
 */
const rows = Array.from({ length: 1_000 }, (_, i) => {
  const request = { request_id: `r${i}`, task: i % 2 ? 'b' : 'a', input_tokens: 10 };
  const strong = { ...request, target: 'strong', cost_usd: 0.01, quality: 1, ttft_ms: 201 + i };
  const fails = i % 20 === 1;
  const wrong = i % 20 === 2;
  const weak = {
    ...{ ...request, target: 'weak', cost_usd: 0.001, quality: fails || wrong ? 0 : 1 },
    ...(fails ? { status: 'failed' as const } : { ttft_ms: 1 + i }),
  };
  return [strong, weak];
}).flat();
const found = recommendTable(toOutcomeTable(rows), {
  proof: 'none',
  by: ['task'],
  floor: 'best-0.2',
});

describe('what users meet', () => {
  it('is the failures and the percentiles of the requests that each way serves', () => {
    const shown = found.rivals.map(({ kind, service }) => [kind, service]);
    const strong = { failedShare: 0, ttftMs: { p50: 700, p99: 1_190 }, latencyMs: {} };
    expect(shown.slice(0, 3)).toEqual([
      ['keep-current', strong],
      ['best-single', strong],
      // Of 950 that did not fail, the 475th and the 941st.
      ['cheapest-single', { failedShare: 0.05, ttftMs: { p50: 500, p99: 991 }, latencyMs: {} }],
    ]);
    expect(found.deployed.service).toEqual(shown[2]?.[1]);
  });

  it('has no percentiles for a split, or where the rows are too few', () => {
    const few = recommendTable(toOutcomeTable(rows.slice(0, 200)), { proof: 'none', by: ['task'] });
    const serviceOf = (kind: string) => few.rivals.find((each) => each.kind === kind)?.service;
    expect(serviceOf('keep-current')?.ttftMs).toEqual({ p50: 250 });
    expect(serviceOf('static-mix')?.ttftMs).toEqual({});
    const mix = found.rivals.find(({ kind }) => kind === 'static-mix');
    expect(mix?.service.failedShare).toBeCloseTo(0.05, 6);
  });
});

describe('the change of each task', () => {
  it('is the mean difference to the baseline over its own rows, the worst first', () => {
    const shown = found.taskChanges.map(({ task, requests, estimate }) => [
      task,
      requests,
      Math.round(1e6 * estimate) / 1e6,
    ]);
    expect(shown).toEqual([
      ['a', 500, -0.1],
      ['b', 500, -0.1],
    ]);
    for (const { low, high } of found.taskChanges) {
      expect(low).toBeLessThan(-0.1);
      expect(high).toBeGreaterThan(-0.1);
    }
    expect(found.deployed.change.estimate).toBeCloseTo(-0.1, 6);
  });
});
