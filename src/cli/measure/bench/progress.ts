import { type BenchView, createView } from '../../../command/measure/bench/view.ts';
import type { LiveBench } from '../../../index.ts';
import { formatMs, formatPercent, formatUsd } from '../../../units.ts';
import { type Shell, say } from '../../terminal/shell.ts';
import { selfLine } from './self-line.ts';

/** How a bench is shown while it goes on: a screen on a terminal, lines elsewhere. */
export interface Progress {
  warn(message: string): void;
  end(): void;
}

/** A log wants to be read afterwards: a line now and then, not ten a second. */
const LINE_EVERY_MS = 5_000;

export async function showProgress(
  shell: Shell,
  live: LiveBench,
  { json }: { readonly json: boolean },
): Promise<Progress> {
  const startedAt = performance.now();
  let state: BenchView['state'] = 'running';
  const frame = (): BenchView =>
    createView(live, { elapsedMs: performance.now() - startedAt, state });
  if (hasScreen(shell) && !json) {
    // https://no-color.org: any value but none; the colours of ink know FORCE_COLOR only.
    if (shell.env.NO_COLOR) process.env.FORCE_COLOR = '0';
    // Only here: ink and its layout engine are 40 MB that nothing else in arb wants.
    const { showScreen } = await import('./screen.tsx');
    const screen = showScreen(shell, frame);
    // Drawing costs most the first time; nothing is sent before.
    await screen.drawn;
    const stopListening = shell.onInterrupt(() => {
      state = 'draining';
    });
    return {
      warn: () => {},
      end: () => {
        stopListening();
        state = 'done';
        screen.end();
        for (const each of live.warnings) say(shell.stderr, `warning: ${each}`);
        say(shell.stderr, toLine(frame()));
      },
    };
  }
  const timer = setInterval(() => say(shell.stderr, toLine(frame())), LINE_EVERY_MS);
  timer.unref();
  const stopListening = shell.onInterrupt(() =>
    say(shell.stderr, 'draining: what is in flight ends by itself; again stops at once'),
  );
  return {
    warn: (message) => say(shell.stderr, `warning: ${message}`),
    end: () => {
      stopListening();
      clearInterval(timer);
      say(shell.stderr, toLine(frame()));
    },
  };
}

/**
 * A CI job may have a terminal that nobody looks at: its log wants lines. A dumb terminal, such as that
 * within an editor, cannot move its cursor.
 */
function hasScreen({ stderr, env: { CI, TERM } }: Shell): boolean {
  const isCi = CI !== undefined && CI !== '' && CI !== 'false';
  return stderr.isTTY === true && !isCi && TERM !== 'dumb';
}

/** The state in one line, for logs. */
function toLine(view: BenchView): string {
  const done = view.targets.reduce((sum, t) => sum + t.done, 0);
  const total = view.targets.reduce((sum, t) => sum + t.total, 0);
  const failed = view.targets.reduce((sum, t) => sum + t.failed, 0);
  const self = view.self === undefined ? '' : `; ${selfLine(view.self)}`;
  const eta = view.etaMs === undefined ? '' : `, about ${formatMs(view.etaMs)} left`;
  return `${done}/${total} (${formatPercent(total === 0 ? 1 : done / total)}), ${failed} failed, spent ${formatUsd(view.spentUsd)}, ${formatMs(view.elapsedMs)}${eta}${self}`;
}
