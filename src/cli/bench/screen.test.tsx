import { render } from 'ink-testing-library';
import { expect, it } from 'vitest';
import { BenchFrame } from './screen.tsx';
import type { BenchView } from './view.ts';

const view: BenchView = {
  title: '10 requests, 2 targets → reports/x',
  elapsedMs: 65_000,
  etaMs: 5_000,
  spentUsd: 0.0123,
  budgetUsd: 5,
  targets: [
    {
      ...{ name: 'mistral-small', done: 5, total: 10, inFlight: 2, failed: 0 },
      ...{ ttftP50: 210.4, ttftP99: 900, latencyP50: 1_250, latencyP99: 4_000 },
      ...{ tokensPerSecond: 312.4, costUsd: 0.0003, quality: 0.9 },
    },
    { name: 'evil\u001b[2J', done: 0, total: 10, inFlight: 1, failed: 3 },
  ],
  warnings: ['slow loop \u0007here'],
  state: 'running',
};

it('shows each target in a line of its own at 100 columns, and leaves unknown cells empty', () => {
  const lines =
    render(<BenchFrame view={view} />)
      .lastFrame()
      ?.split('\n') ?? [];
  expect(lines[0]).toBe('arb bench 10 requests, 2 targets → reports/x');
  expect(lines[2]?.split(/\s+/)).toEqual(
    'mistral-small ████░░░░ 5/10 210 ms 900 ms 1.25 s 4.00 s 312 $0.0003000 90.0 % 0'.split(' '),
  );
  expect(lines[3]?.split(/\s+/)).toEqual('evil[2J ░░░░░░░░ 0/10 3'.split(' '));
  expect(lines[4]).toBe(
    'elapsed 1 min 5 s · left about 5.00 s · spent $0.01230 of $5.00 · Ctrl-C drains',
  );
});

it('lets no control character of a name or a warning through to the terminal', () => {
  const frame = render(<BenchFrame view={view} />).lastFrame() ?? '';
  expect(frame).not.toContain('\u0007');
  expect(frame).not.toContain('\u001b[2J');
});
