import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answersForP99,
  calibrationFaults,
  heldAgainst,
  type MeasuredAnswer,
  ownErrors,
  type TrueAnswer,
} from './calibration.ts';
import { upperRank } from './percentiles.ts';

/** An answer that began after `ttft`, then a chunk every 20 ms; the server's clock starts anywhere. */
const truth = (label: string, ttft = 100): TrueAnswer => ({
  client_request: encodeURIComponent(label),
  received_epoch_ms: 1_700_000_000_000,
  chunk_epoch_ms: [0, 20, 40].map((after) => 1_700_000_000_000 + ttft + after),
});

const measured = (label: string, ttft = 100, gaps = [20_000, 20_000]): MeasuredAnswer => ({
  label,
  ttft,
  gaps: Uint32Array.from(gaps),
});

const pace = 20;

const many = (error: number, wrong: number) => {
  const labels = Array.from({ length: 300 }, (_, i) => `c/${i}`);
  return ownErrors(
    labels.map((label, i) => measured(label, i < wrong ? 100 + error : 100)),
    labels.map((label) => truth(label)),
    pace,
  );
};

const calibrated = (errors: ReturnType<typeof many>) =>
  heldAgainst(
    { at: '2026-11-20T00:00:00Z', streams: 64, planned_streams: 64, ...errors, limit_ms: 0 },
    300,
  );

describe('arb against the server’s own instants', () => {
  it('errs by the difference, early or late', () => {
    const answers = [measured('a', 103), measured('b', 95, [20_000, 26_000])];
    const errors = ownErrors(answers, [truth('b'), truth('a'), truth('never seen')], pace);
    expect(errors.answers).toBe(2);
    expect(errors.ttft_error_ms).toMatchObject({ n: 2, p50: 3.001, max: 5 });
    expect(errors.gap_error_ms.n).toBe(4);
    expect(errors.gap_error_ms.max).toBeCloseTo(6, 2);
  });

  it('says how far the server itself was off its pace: then it is the machine that is busy', () => {
    const errors = ownErrors([measured('a')], [truth('a')], 15);
    expect(errors.gap_error_ms.max).toBe(0);
    expect(errors.server_off_ms).toMatchObject({ n: 2, max: 5 });
  });

  it('finds any planted error, to a thousandth', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 5_000, noNaN: true }), (error) => {
        const { ttft_error_ms } = many(error, 300);
        expect(Math.abs(ttft_error_ms.p50 - error)).toBeLessThan(error / 900 + 0.002);
      }),
    );
  });

  it('bounds its p99 from 299 answers on, of gaps too', () => {
    const { ttft_error_ms, gap_error_ms } = many(0, 0);
    expect(ttft_error_ms.p99_upper).toBeDefined();
    expect(gap_error_ms.p99_upper).toBeDefined();
    const few = ownErrors([measured('a')], [truth('a')], pace);
    expect(few.ttft_error_ms).not.toHaveProperty('p99_upper');
    expect(few.gap_error_ms).not.toHaveProperty('p99_upper');
    expect(upperRank(answersForP99, 0.99)).toBe(answersForP99);
    expect(upperRank(answersForP99 - 1, 0.99)).toBeUndefined();
  });

  it('throws where an answer was not written, or in another number of chunks', () => {
    expect(() => ownErrors([measured('a')], [truth('b')], pace)).toThrow(
      'a: the server wrote no such',
    );
    const one = [measured('a', 100, [20_000])];
    expect(() => ownErrors(one, [truth('a')], pace)).toThrow('1 gaps measured, 2 written');
    expect(() => ownErrors([], [], pace)).toThrow('nothing was compared');
  });
});

describe('the verdict on a calibration', () => {
  it('is a fault where more than 1 % of the answers are further off than is stated', () => {
    expect(calibrationFaults(calibrated(many(24, 300)))).toEqual([]);
    expect(calibrationFaults(calibrated(many(40, 3)))).toEqual([]);
    expect(calibrationFaults(calibrated(many(40, 4)))).toEqual([
      'calibration: arb measured TTFT wrong by 40.031 ms at p99 with 64 streams (limit 25; the simulator itself was 0 ms off its pace). Lower the concurrency, or give arb a core of its own, and run again.',
    ]);
  });

  it('allows a twentieth of the fastest median TTFT where that is more', () => {
    const found = calibrated(many(40, 300));
    expect(calibrationFaults(heldAgainst(found, 1_000))).toEqual([]);
    expect(calibrationFaults(heldAgainst(found, 700)).length).toBe(1);
    expect(heldAgainst(found, Number.POSITIVE_INFINITY).limit_ms).toBe(25);
  });

  it('asks the same of gaps', () => {
    const labels = Array.from({ length: 299 }, (_, i) => `c/${i}`);
    const late = ownErrors(
      labels.map((label) => measured(label, 100, [20_000, 80_000])),
      labels.map((label) => truth(label)),
      pace,
    );
    expect(calibrationFaults(calibrated(late))[0]).toContain('measured gaps wrong by 60');
  });

  it('is a fault where too few answers came to tell', () => {
    const few = ownErrors([measured('a')], [truth('a')], pace);
    expect(calibrationFaults(calibrated(few))).toEqual([
      'calibration: only 1 of the 299 answers came that a p99 takes. Lower the concurrency, or give arb a core of its own, and run again.',
    ]);
  });
});
