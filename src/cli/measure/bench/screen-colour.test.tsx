import { expect, it, vi } from 'vitest';
import type { BenchView } from '../../../command/measure/bench/view.ts';

// Colours are decided once, when ink is loaded.
vi.stubEnv('FORCE_COLOR', '1');
const { render } = await import('ink-testing-library');
const { BenchFrame } = await import('./screen.tsx');

const lineOf = (self: NonNullable<BenchView['self']>): string => {
  const view: BenchView = {
    ...{ title: 't', elapsedMs: 0, spentUsd: 0, warnings: [], state: 'running', self },
    targets: [{ name: 'a', done: 0, total: 1, inFlight: 1, failed: 0 }],
  };
  const frame = render(<BenchFrame view={view} />).lastFrame() ?? '';
  return frame.split('\n').find((line) => line.includes('arb itself')) ?? '';
};

const healthy = { loopLagP99: 1.2, lateP99: 0.8, gcMax: 400, cpuShare: 1.4, limit: 25 };
const red = '\u001b[31m';

it('is red where arb is later than it states, and only then', () => {
  expect(lineOf(healthy)).toMatch(/^arb itself/);
  expect(lineOf({ ...healthy, loopLagP99: 26 }).startsWith(red)).toBe(true);
  expect(lineOf({ ...healthy, lateP99: 26 }).startsWith(red)).toBe(true);
  expect(lineOf({ ...healthy, lateP99: 26, limit: 50 })).not.toContain(red);
});
