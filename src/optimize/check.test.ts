import { describe, expect, it } from 'vitest';
import { toOutcomeTable } from '../outcome/read.ts';
import { makePolicy } from '../policy/write.ts';
import { checkPolicy } from './check.ts';
import { draftPolicy } from './draft.ts';
import { recommendTable } from './recommend.ts';
import { traffic } from './traffic.test.helper.ts';

const ask = { by: ['task'], floor: 'baseline-0.03', baseline: 'strong' } as const;
const good = { easy: 1, hard: 0.2 };

describe('checking a policy', () => {
  const table = toOutcomeTable(traffic({ n: 1_000, weak: good }));
  const later = toOutcomeTable(
    traffic({ n: 1_000, weak: good, seed: 2 }).map((row) => ({
      ...row,
      request_id: `l-${row.request_id}`,
    })),
  );
  const written = (floor: string) => {
    const found = recommendTable(table, { by: ['task'], floor, proof: 'none' });
    return { name: 'routes.yaml', policy: makePolicy(draftPolicy(found)) };
  };

  it('uses every row, and tells a policy that holds from one that does not', () => {
    const holds = checkPolicy(later, written('best-0'), ask);
    expect(holds).toMatchObject({ verdict: 'PASS', unmet: [], unjudgedShare: 0 });
    expect(holds.rules.map(({ name, use, share }) => [name, use, share])).toEqual([
      ['easy', ['weak'], 0.5],
      ['otherwise', ['strong'], 0.5],
    ]);
    expect(holds.saving.estimate).toBeCloseTo(0.45, 3);
    expect(checkPolicy(later, written('best-0.5'), ask).verdict).toBe('FAIL');
  });

  it('says IN-SAMPLE on the outcomes that the policy was chosen by', () => {
    const report = checkPolicy(table, written('best-0'), ask);
    expect(report).toMatchObject({ verdict: 'INCONCLUSIVE', rowsAre: 'in-sample', tested: 1_000 });
    expect(report.why).toMatch(/^IN-SAMPLE/);
  });

  it('tests the certify part alone where the same requests were measured again', () => {
    const again = toOutcomeTable(traffic({ n: 1_000, weak: good, seed: 9 }));
    const report = checkPolicy(again, written('best-0'), ask);
    expect(report).toMatchObject({ verdict: 'PASS', rowsAre: 'same-requests' });
    expect(report.tested).toBe(recommendTable(table, ask).certificate?.parts.certify);
  });

  it('splits are an expectation over their arms', () => {
    const { policy } = written('best-0');
    const arms = [
      { target: 'weak', weight: 1 },
      { target: 'strong', weight: 3 },
    ];
    const [first, last] = policy.rules;
    const { use: _, ...rest } = first ?? { name: '', fallback: [] };
    const split = makePolicy({
      ...policy,
      rules: [{ ...rest, split: { by: 'session', to: arms } }, last ?? { name: 'x', use: 'weak' }],
    });
    const report = checkPolicy(table, { name: 'split', policy: split }, ask);
    expect(report.policy.costUsd).toBeCloseTo(0.5 * 0.01 + 0.5 * (0.25 * 0.001 + 0.75 * 0.01), 9);
  });

  it('a policy that breaks a hard requirement fails, whatever its quality', () => {
    const named = written('best-0');
    const residency = [{ when: { task: ['easy'] }, regions: ['eu'] }];
    const targets = { weak: { regions: ['us'] }, strong: { regions: ['eu'] } };
    const report = checkPolicy(table, named, { ...ask, residency, targets });
    expect(report.verdict).toBe('FAIL');
    expect(report.unmet).toEqual([
      '500 requests: rule easy may send them to weak, outside their regions',
    ]);
    const full = checkPolicy(table, named, {
      ...ask,
      peakRpm: 100,
      targets: { weak: { rpm: 20 } },
    });
    expect(full.unmet).toEqual(['weak gets 50.0 % of 100 requests a minute, and takes 20']);
  });

  it('a target that was never measured is the next step', () => {
    const policy = makePolicy({
      ...{ status: 'uncertified', features: {}, targets: { other: {} } },
      rules: [{ name: 'otherwise', use: 'other' }],
    });
    expect(() => checkPolicy(table, { name: 'mine.yaml', policy }, ask)).toThrow(
      /not measured. Bench it/,
    );
  });

  it('a policy as the baseline is what savings and floors are relative to', () => {
    const baseline = written('best-0');
    const floor = 'baseline-0.03';
    const same = checkPolicy(later, baseline, { by: ['task'], floor, baseline });
    expect(same).toMatchObject({ verdict: 'PASS', saving: { estimate: 0 } });
    const found = recommendTable(table, { by: ['task'], floor, baseline });
    expect(found.status).toBe('keep-current');
    expect(makePolicy(draftPolicy(found)).id).toBe(baseline.policy.id);
  });
});
