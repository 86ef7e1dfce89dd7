import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeManifest } from '../../store/manifest.test.helper.ts';
import { RunWriter, readManifest, writeManifest } from '../../store/run.ts';
import { compare } from './compare.ts';
import { gate } from './gate.ts';

const manifest = makeManifest();

let folder: string;

/** A run of 1,200 requests that cost so much each. */
function makeRun(name: string, usd: number): string {
  const dir = join(folder, name);
  const writer = RunWriter.create(dir, manifest);
  for (let i = 0; i < 1_200; i++) {
    writer.addSettled({
      outcome: {
        request_id: `r-${i}`,
        target: 'small',
        status: 'ok',
        cost_usd: usd,
        quality: i % 10 === 0 ? 0 : 1,
        quality_kind: 'check',
        ttft_ms: 50 + (i % 100),
        latency_ms: 100 + ((i * 7) % 600) + usd,
      },
    });
  }
  writer.close();
  return dir;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arb-gate-'));
  writeFileSync(join(folder, 'arb.yaml'), JSON.stringify(manifest.config));
});

const hold = (run: string, ...baseline: string[]) =>
  gate(run, { baseline, config: join(folder, 'arb.yaml') });

describe('a gate on run directories', () => {
  it('leaves its verdict in the run, and a run that failed is never a baseline', async () => {
    const [one, dear, later] = [makeRun('one', 1), makeRun('dear', 1.5), makeRun('later', 1.01)];
    expect(await hold(later, one)).toMatchObject({ exitCode: 0, figures: { verdict: 'PASS' } });
    const found = await hold(dear, one);
    expect([found.exitCode, found.text.title]).toEqual([1, 'FAIL: dear against one']);
    expect(found.text.next).toBe(`arb compare ${one} ${dear}`);
    expect(JSON.parse(readFileSync(join(dear, 'gate.json'), 'utf8'))).toMatchObject({
      verdict: 'FAIL',
      accepted: false,
    });
    await expect(hold(later, dear)).rejects.toThrow(/dear: failed its own gate/);
    await expect(hold(later, one, dear)).rejects.toThrow(/dear: failed its own gate/);
  });

  it('refuses a run as its own baseline, and one that did not end on either side', async () => {
    const [one, two] = [makeRun('one', 1), makeRun('two', 1.01)];
    await expect(hold(one, join(folder, '.', 'one'))).rejects.toThrow(/one: is the run itself/);
    writeManifest(two, { ...readManifest(two), state: 'interrupted' });
    const next = `arb bench w.jsonl --out ${two} --resume`;
    await expect(hold(two, one)).rejects.toThrow(
      `did not end (interrupted). Finish it first: ${next}`,
    );
    await expect(hold(one, two)).rejects.toThrow(next);
  });

  it('counts an answer once: of a copy in the baseline nothing is taken', async () => {
    const [one, copy, two] = [makeRun('one', 1), makeRun('copy', 1), makeRun('two', 1.01)];
    const { figures } = await hold(two, one, copy);
    expect(figures.findings[0]).toMatchObject({
      check: 'baseline',
      verdict: 'NOTE',
      text: `${copy} is left out: answers of it are those of a newer run`,
    });
    expect((await hold(copy, one)).figures.findings[0]).toMatchObject({
      check: 'copies',
      verdict: 'FAIL',
    });
  });
});

describe('a comparison of run directories', () => {
  it('refuses a run beside itself and a folder without a run', async () => {
    const one = makeRun('one', 1);
    await expect(compare(one, `${one}/`)).rejects.toThrow(/is the same run/);
    await expect(compare(one, folder)).rejects.toThrow(/no run here/);
  });

  it('says first what changed, and last how to hold the run to rules', async () => {
    const [one, two] = [makeRun('one', 1), makeRun('two', 1.5)];
    const { text } = await compare(one, two);
    expect(text.title).toMatch(/^Of 7 figures \d are worse and 0 better: /);
    expect(text.next).toBe(`arb gate ${two} --baseline ${one}`);
  });
});
