import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../policy/write.ts';
import { readResumeState } from '../../store/resume-state.ts';
import { loadConfig } from '../config/config.ts';
import { exportPolicy } from '../deploy/export.ts';
import { check } from './check.ts';
import { recommend } from './recommend.ts';

/** A run, an arb.yaml and a routes.yaml as arb 0.1 wrote them on a simulated market. */
const released = join(import.meta.dirname, '../../../fixtures/released/0.1');
const file = (name: string) => join(released, name);

describe('what arb 0.1 wrote', () => {
  it('is recommended from, with the same decision', async () => {
    const copy = join(mkdtempSync(join(tmpdir(), 'arb-released-')), 'run');
    cpSync(file('run'), copy, { recursive: true });
    const { inForce, found, requests } = await recommend({ runs: [copy] });
    expect(requests).toBe(120);
    expect(found.baseline).toMatchObject({ name: 'strong', quality: expect.closeTo(0.992, 3) });
    expect(readFileSync(join(copy, 'looks.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1);
    const rules = inForce.kind === 'none' ? [] : inForce.policy.rules;
    expect(rules.map(({ name, use }) => [name, use])).toEqual([
      ['code', 'strong'],
      ['otherwise', 'cheap'],
    ]);
  });

  it('is checked, as a policy and as a run', async () => {
    const { report } = await check(file('routes.yaml'), { runs: [file('run')] });
    expect(report.policy).toMatchObject({
      id: 'sha256-3adba4fc9304fbe2',
      quality: expect.closeTo(0.992, 3),
    });
    expect(report.saving.estimate).toBeCloseTo(0.452, 3);
  });

  it('is exported, and its losses priced on its run', async () => {
    const { result, regret } = await exportPolicy(file('routes.yaml'), {
      to: 'litellm',
      run: file('run'),
      workload: file('workload.jsonl'),
    });
    expect(result.files.map(({ path }) => path)).toContain('litellm.yaml');
    expect(regret).toMatchObject({ requests: 120, elsewhere: [] });
  });

  it('keeps its id', () => {
    const name = file('routes.yaml');
    expect(parsePolicy(readFileSync(name, 'utf8'), name).status).toBe('certified');
  });

  it('is a configuration of today', () => {
    const { targets, config } = loadConfig(file('arb.yaml'));
    expect(targets.map(({ name }) => name)).toEqual(['strong', 'cheap']);
    expect(config.quality.floor).toBe('baseline-0.1');
  });

  it('is gone on with where it was interrupted', async () => {
    const copy = join(mkdtempSync(join(tmpdir(), 'arb-released-')), 'run');
    cpSync(file('interrupted'), copy, { recursive: true });
    const { done, spent, inDoubt } = await readResumeState(copy);
    expect([done('r-0', 'cheap', 1), done('r-0', 'strong', 1)]).toEqual([true, true]);
    expect(done('r-119', 'strong', 1)).toBe(false);
    expect(inDoubt).toBe(0);
    expect(Object.keys(spent).sort()).toEqual(['cheap', 'strong']);
  });
});
