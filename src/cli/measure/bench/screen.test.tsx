import { EventEmitter } from 'node:events';
import { render as renderTo } from 'ink';
import { render } from 'ink-testing-library';
import { expect, it } from 'vitest';
import type { BenchView } from '../../../command/measure/bench/view.ts';
import { BenchFrame } from './screen.tsx';

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

const self = { loopLagP99: 1.2, lateP99: 0.8, gcMax: 4, cpuShare: 0.38, limit: 25 };
const linesOf = (shown: BenchView) =>
  render(<BenchFrame view={shown} />)
    .lastFrame()
    ?.split('\n') ?? [];

it('shows how arb itself does, below the time and the money, within 80 columns', () => {
  const [, , , , , line = ''] = linesOf({ ...view, self });
  expect(line).toBe(
    'arb itself: loop lag p99 1.2 ms · late sends p99 0.8 ms · GC 4.0 ms · CPU 38 %',
  );
  expect(line.length).toBeLessThanOrEqual(80);
  expect(linesOf(view).join()).not.toContain('arb itself');
});

it('names the limit where arb is over it', () => {
  for (const late of [{ loopLagP99: 25.1 }, { lateP99: 25.1 }]) {
    expect(linesOf({ ...view, self: { ...self, ...late } })[5]).toMatch(/ · limit 25 ms$/);
  }
  expect(linesOf({ ...view, self: { ...self, gcMax: 400, cpuShare: 1.3 } })[5]).toMatch(/130 %$/);
});

it('shows goodput where there are SLOs and room', () => {
  const targets = view.targets.map((target) => ({ ...target, goodput: 0.994 }));
  const [, head, row] = linesOf({ ...view, targets });
  expect(head).toMatch(/failed +goodput$/);
  expect(row).toMatch(/ 0 +99\.4 %$/);
  expect(linesOf(view)[1]).not.toContain('goodput');
});

it('lets no control character of a name or a warning through to the terminal', () => {
  const frame = render(<BenchFrame view={view} />).lastFrame() ?? '';
  expect(frame).not.toContain('\u0007');
  expect(frame).not.toContain('\u001b[2J');
});

/** The lines of a frame on a terminal of this size. */
function linesAt(size: { columns: number; rows: number }, shown: BenchView): string[] {
  let frame = '';
  const write = (text: string) => {
    frame = text;
    return true;
  };
  const stdout = Object.assign(new EventEmitter(), { ...size, write });
  renderTo(<BenchFrame view={shown} />, {
    stdout: stdout as unknown as NodeJS.WriteStream,
    debug: true,
  });
  return frame.split('\n');
}

it('counts the targets that have no room in the height of the terminal', () => {
  const targets = Array.from({ length: 30 }, (_, i) => ({
    ...{ name: `t-${i}`, done: i, total: 30, inFlight: 1, failed: 1 },
  }));
  const shown = { ...view, targets, self, warnings: ['a', 'b', 'c', 'd'] };
  const lines = linesAt({ columns: 80, rows: 12 }, shown);
  expect(lines).toHaveLength(11);
  expect(lines[4]).toMatch(/^t-2 /);
  expect(lines[5]).toBe('and 27 more targets: 432/810, 27 failed');
  expect(lines.slice(-3)).toEqual(['! b', '! c', '! d']);
});

it('shows p50 and p99 of both times at 80 columns, whatever the names are', () => {
  const name = 'a-provider-of-models/with-a-name-of-many-letters';
  const targets = view.targets.map((target, i) => ({
    ...target,
    name: `${name}-${i}`,
    total: 300,
  }));
  const [, header = '', row = ''] = linesAt({ columns: 80, rows: 24 }, { ...view, targets });
  expect(header).toMatch(/TTFT p50 +p99 +latency p50 +p99/);
  expect(row).toMatch(/^a-prov.*…/);
  expect(row).toContain('210 ms  900 ms      1.25 s  4.00 s');
});
