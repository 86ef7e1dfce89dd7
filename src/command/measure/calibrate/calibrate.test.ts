import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { arb, folderWith } from '../../../cli/harness.test.helper.ts';
import {
  type AuditRow,
  type Manifest,
  planReplay,
  resolveTarget,
  targetConfigSchema,
} from '../../../index.ts';
import { parseMarket } from '../../../sim/market/market.ts';
import { startMarket } from '../../../sim/server/server.ts';
import { calibrationLoad, plannedStreams } from './calibration-load.ts';

/** Between the stamp of arb's own simulator and its write, so many ms go by. */
let planted = 0;
const urls: string[] = [];

vi.mock(import('./own-simulator.ts'), async (original) => {
  const { startOwnSimulator } = await original();
  const early = (row: AuditRow): AuditRow => ({
    ...row,
    chunk_epoch_ms: row.chunk_epoch_ms.map((at) => at - planted),
  });
  return {
    async startOwnSimulator(market) {
      const simulator = await startOwnSimulator(market);
      urls.push(simulator.url);
      return { ...simulator, end: async () => (await simulator.end()).map(early) };
    },
  };
});

afterEach(async () => {
  planted = 0;
  // Whatever came of it, no simulator stays behind.
  for (const url of urls.splice(0)) await expect(fetch(url)).rejects.toThrow('fetch failed');
});

describe('the load of a calibration', () => {
  it('takes less than four seconds and enough answers for a p99, whatever is planned', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (planned) => {
        const { streams, chunks, answers } = calibrationLoad(planned);
        expect(streams).toBe(Math.min(512, Math.max(16, planned)));
        expect(answers).toBe(299);
        const each = 40 + 20 * chunks;
        const rounds = Math.ceil(answers / streams);
        expect((rounds + 1) * each).toBeLessThan(4_000);
        expect(chunks).toBeGreaterThanOrEqual(5);
      }),
    );
  });
});

it('is as concurrent as the run can be: all places of all targets, or what may be in flight', () => {
  const planned = (maxInFlight: number) => {
    const target = (name: string, concurrency: number) => {
      const config = { provider: 'openai', model: 'm', limits: { concurrency } };
      return resolveTarget(name, targetConfigSchema.parse(config), {});
    };
    const targets = [target('a', 4), target('b', 100)];
    return plannedStreams(planReplay({ targets, load: { concurrency: 20, maxInFlight } }));
  };
  expect([planned(64), planned(10)]).toEqual([24, 10]);
});

const market = parseMarket(
  'targets: {a: {model: m, price: {input: 1, output: 1}, ttft: 20, output_tokens: {default: 5}, accuracy: {default: 1}}}',
  'market',
);
const workload = Array.from({ length: 30 }, (_, i) =>
  JSON.stringify({ id: `r-${i}`, prompt: `Number ${i}?` }),
).join('\n');

async function bench() {
  const audit: AuditRow[] = [];
  const sim = await startMarket({ market, port: 0, onAudit: (row) => audit.push(row) });
  const folder = folderWith({
    'w.jsonl': workload,
    'arb.yaml': `targets: {a: {provider: openai-compatible, base_url: "${sim.url}/a/v1", model: m, price: {input: 1, output: 1}}}`,
  });
  const run = join(folder, 'run');
  const named = ['bench', join(folder, 'w.jsonl'), '--config', join(folder, 'arb.yaml')];
  const args = [...named, '--calibrate', '--concurrency', '2', '--out', run];
  const fileIn = (name: string) => JSON.parse(readFileSync(join(run, name), 'utf8'));
  return { audit, sim, run, args, manifest: (): Manifest => fileIn('manifest.json'), fileIn };
}

describe('arb bench --calibrate', { timeout: 60_000 }, () => {
  it('without a workload measures arb against its own simulator, and judges by the stated error', async () => {
    const ran = await arb(['bench', '--calibrate', '--concurrency', '24', '--json']);
    const found = JSON.parse(ran.stdout);
    expect(found).toMatchObject({ streams: 24, planned_streams: 24, limit_ms: 25 });
    expect(found.answers).toBeGreaterThanOrEqual(299);
    expect(found.ttft_error_ms.n).toBe(found.answers);
    expect(found.gap_error_ms.n).toBeGreaterThan(found.answers);
    const { ttft_error_ms: ttft, gap_error_ms: gap } = found;
    expect(ttft.p99_upper).toBeGreaterThanOrEqual(ttft.p99);
    // Two clocks, two processes: the error is no artefact of comparing arb with itself.
    expect(ttft.p50).toBeGreaterThan(0);
    // The machine may be too busy for this; the verdict has to say so then.
    const over = Math.max(ttft.p99, gap.p99) > 25;
    expect(ran.code).toBe(over ? 1 : 0);
    expect(found.invalid.length > 0).toBe(over);
  });

  it('marks a run whose error is over the stated one as not valid, and a resumed run keeps that', async () => {
    planted = 60;
    const { audit, sim, args, manifest, fileIn } = await bench();
    const first = await arb(args, { interruptWhen: () => audit.length >= 5 });
    expect(first.code).toBe(130);
    const { calibration, invalid } = manifest();
    const [fault] = invalid.filter((each) => each.startsWith('calibration'));
    expect(calibration).toMatchObject({ planned_streams: 2, streams: 16 });
    expect(fault).toMatch(
      /^calibration: arb measured TTFT wrong by \d+(\.\d+)? ms at p99 with 16 streams \(limit 25; the simulator itself was [\d.]+ ms off its pace\)\. Lower/,
    );
    const second = await arb([...args, '--resume']);
    await sim.close();
    expect(second.stderr).not.toContain('calibrating');
    expect(second.stdout).toMatch(
      /calibrated with 16 streams \(planned: 2\): .measured - true. p99 \d+\.\d\d ms for TTFT/,
    );
    expect(second.stdout).toContain('NOT VALID: calibration: arb measured TTFT wrong');
    expect(second.stdout).toMatch(
      /whose times cannot be trusted: .*\nno answer has a score.*\nnext: arb judge /,
    );
    expect(second.code).toBe(3);
    expect(manifest().calibration).toEqual(calibration);
    // A busy machine may add a doubt of its own.
    expect(manifest().invalid).toContain(fault);
    expect(fileIn('summary.json')).toMatchObject({ calibration, invalid: manifest().invalid });
  });

  it('sends nothing where it is interrupted meanwhile, and can be resumed', async () => {
    const { audit, sim, run, args } = await bench();
    const ran = await arb(args, { interruptWhen: () => urls.length > 0 });
    await sim.close();
    expect(ran.code).toBe(130);
    expect(ran.stderr).toMatch(
      /interrupted before anything was sent\nnext: arb bench .* --calibrate --resume/,
    );
    expect(audit).toEqual([]);
    expect(existsSync(join(run, 'summary.json'))).toBe(false);
  });
});
