import { Box, render, Text, useWindowSize } from 'ink';
import { useEffect, useState } from 'react';
import stringWidth from 'string-width';
import type { BenchView, SelfView, TargetView } from '../../../command/measure/bench/view.ts';
import { printable } from '../../../lines.ts';
import { shorten } from '../../../report/text/table.ts';
import { wrapWords } from '../../../report/text/wrap.ts';
import { formatMs, formatPercent, formatUsd } from '../../../units.ts';
import type { Shell } from '../../terminal/shell.ts';
import { isOver, selfLine } from './self-line.ts';

/**
 * A frame takes 10 to 20 ms of the thread that records: at ten a second they were a tenth of its time,
 * at two nobody misses one.
 */
const FRAME_MS = 500;

interface Column {
  readonly title: string;
  readonly width: number;
  /** Where the terminal is narrow, the highest goes first. */
  readonly rank: number;
  readonly cell: (target: TargetView) => string;
}

const columns: readonly Column[] = [
  { title: 'in fl.', width: 7, rank: 9, cell: (t) => String(t.inFlight) },
  { title: 'TTFT p50', width: 9, rank: 1, cell: (t) => formatMs(t.ttftP50) },
  { title: 'p99', width: 8, rank: 2, cell: (t) => formatMs(t.ttftP99) },
  { title: 'latency p50', width: 12, rank: 3, cell: (t) => formatMs(t.latencyP50) },
  { title: 'p99', width: 8, rank: 4, cell: (t) => formatMs(t.latencyP99) },
  { title: 'tok/s', width: 7, rank: 8, cell: (t) => t.tokensPerSecond?.toFixed(0) ?? '' },
  { title: 'cost', width: 11, rank: 7, cell: (t) => formatUsd(t.costUsd) },
  { title: 'quality', width: 8, rank: 6, cell: (t) => formatPercent(t.quality) },
  { title: 'failed', width: 7, rank: 5, cell: (t) => String(t.failed) },
  { title: 'goodput', width: 9, rank: 5.5, cell: (t) => formatPercent(t.goodput) },
];

/** Width of both percentiles of both times and of the failures: at 80 columns they stand beside any name. */
const PROMISED = 44;

/** The columns that have something to show and fit into `width` characters, in their order. */
function fitting(width: number, targets: readonly TargetView[]): readonly Column[] {
  const asked = targets.some(({ goodput }) => goodput !== undefined);
  const byRank = columns
    .filter(({ title }) => asked || title !== 'goodput')
    .toSorted((a, b) => a.rank - b.rank);
  let used = 0;
  const fit = new Set(
    byRank.filter((column) => {
      used += column.width;
      return used <= width;
    }),
  );
  return columns.filter((column) => fit.has(column));
}

/** The live screen of a bench; `frame` gives the state of the moment. */
export function BenchScreen({ frame }: { frame: () => BenchView }) {
  const [view, setView] = useState(frame);
  useEffect(() => {
    const timer = setInterval(() => setView(frame()), FRAME_MS);
    return () => clearInterval(timer);
  }, [frame]);
  return <BenchFrame view={view} />;
}

/** Warnings of earlier are said after the run. */
const NEWEST = 3;

/** One frame; what has no room in the height of the terminal is counted in its last row of targets. */
export function BenchFrame({ view }: { view: BenchView }) {
  const window = useWindowSize();
  const wrap = (text: string) => wrapWords(text, window.columns);
  const head = wrap(`arb bench ${printable(view.title)}`);
  const time = wrap(footer(view));
  const self = view.self === undefined ? [] : wrap(selfLine(view.self));
  const warnings = view.warnings.slice(-NEWEST).flatMap((each) => wrap(`! ${printable(each)}`));
  const others = head.length + 1 + time.length + self.length + warnings.length;
  // One row is left: a frame of the full height scrolls the terminal.
  const [listed, left] = fitRows(view.targets, window.rows - 1 - others);
  const barWidth = Math.max(...view.targets.map((target) => bar(target).length)) + 1;
  const longest = Math.max(8, ...view.targets.map(({ name }) => stringWidth(printable(name)))) + 1;
  const nameWidth = Math.min(longest, Math.max(13, window.columns - barWidth - PROMISED));
  const shown = fitting(window.columns - nameWidth - barWidth, view.targets);
  return (
    <Box flexDirection="column">
      <Text>
        <Text bold>arb bench</Text>
        {head.join('\n').slice('arb bench'.length)}
      </Text>
      <Box>
        <Box width={nameWidth}>
          <Text dimColor>target</Text>
        </Box>
        <Box width={barWidth}>
          <Text dimColor>progress</Text>
        </Box>
        {shown.map((column, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the columns never change places
          <Box key={i} width={column.width} justifyContent="flex-end">
            <Text dimColor>{column.title}</Text>
          </Box>
        ))}
      </Box>
      {listed.map((target) => (
        <Row key={target.name} target={target} widths={[nameWidth, barWidth]} shown={shown} />
      ))}
      {left.length > 0 && <Text dimColor>{restLine(left)}</Text>}
      <Text>{time.join('\n')}</Text>
      {view.self && <Text {...colorOf(view.self)}>{self.join('\n')}</Text>}
      {warnings.length > 0 && <Text color="yellow">{warnings.join('\n')}</Text>}
    </Box>
  );
}

/** The targets that `rows` have room for, and those that are counted in one more. */
function fitRows(
  targets: readonly TargetView[],
  rows: number,
): readonly [listed: readonly TargetView[], left: readonly TargetView[]] {
  if (targets.length <= rows) return [targets, []];
  const room = Math.max(1, rows - 1);
  return [targets.slice(0, room), targets.slice(room)];
}

function restLine(targets: readonly TargetView[]): string {
  const sum = (of: (target: TargetView) => number) => targets.reduce((n, t) => n + of(t), 0);
  return `and ${targets.length} more targets: ${sum((t) => t.done)}/${sum((t) => t.total)}, ${sum((t) => t.failed)} failed`;
}

interface RowProps {
  readonly target: TargetView;
  readonly widths: readonly [name: number, bar: number];
  readonly shown: readonly Column[];
}

function Row({ target, widths, shown }: RowProps) {
  const [nameWidth, barWidth] = widths;
  return (
    <Box>
      <Box width={nameWidth}>
        <Text>{shorten(printable(target.name), nameWidth - 1)}</Text>
      </Box>
      <Box width={barWidth}>
        <Text color="cyan">{bar(target)}</Text>
      </Box>
      {shown.map((column, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns never change places
        <Box key={i} width={column.width} justifyContent="flex-end">
          <Text {...(column.title === 'failed' && target.failed > 0 ? { color: 'red' } : {})}>
            {column.cell(target)}
          </Text>
        </Box>
      ))}
    </Box>
  );
}

const BAR_CELLS = 8;

function bar({ done, total }: TargetView): string {
  const share = total === 0 ? 1 : done / total;
  const full = Math.floor(share * BAR_CELLS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${done}/${total}`;
}

/** The line below the table: time and money. */
export function footer(view: BenchView): string {
  const parts = [
    `elapsed ${formatMs(view.elapsedMs)}`,
    ...(view.etaMs === undefined ? [] : [`left about ${formatMs(view.etaMs)}`]),
    `spent ${formatUsd(view.spentUsd)}${view.budgetUsd === undefined ? '' : ` of ${formatUsd(view.budgetUsd)}`}`,
  ];
  const hint = {
    running: 'Ctrl-C drains',
    draining: 'draining; Ctrl-C again stops at once',
    done: '',
  }[view.state];
  return [...parts, ...(hint ? [hint] : [])].join(' · ');
}

const colorOf = (self: SelfView) => (isOver(self) ? { color: 'red' } : {});

interface Screen {
  /** The first frame is there. */
  readonly drawn: Promise<void>;
  end(): void;
}

const cursorHomeAndEraseBelow = '\u001b[H\u001b[J';

/**
 * Shows the screen on a terminal until `end`. It is the terminal's alternate screen: many terminals break
 * lines anew when their width changes, and frames of the old width would stay in the text above.
 */
export function showScreen(shell: Shell, frame: () => BenchView): Screen {
  const stderr = shell.stderr as NodeJS.WriteStream;
  // Before ink's own listener, which takes away as many lines as it wrote, not as there are now.
  const wipe = () => stderr.write(cursorHomeAndEraseBelow);
  stderr.on('resize', wipe);
  const instance = render(<BenchScreen frame={frame} />, {
    stdout: stderr,
    alternateScreen: true,
    exitOnCtrlC: false,
    // Decided by the caller; by itself ink draws only the last frame where CI is set.
    interactive: true,
    patchConsole: false,
    maxFps: 1_000 / FRAME_MS,
  });
  return {
    drawn: instance.waitUntilRenderFlush(),
    end() {
      stderr.off('resize', wipe);
      instance.unmount();
    },
  };
}
