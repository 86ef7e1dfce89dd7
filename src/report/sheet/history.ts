import type { HistoryRun } from '../../compare/history.ts';
import { formatMs, formatPercent, formatUsd } from '../../units.ts';
import type { TextReport } from './sheet.ts';

/** All runs, newest last, as text: a line for each target of each, and what was new with it. */
export function describeHistory(runs: readonly HistoryRun[]): TextReport {
  const columns = [
    ...['run', 'day', 'target'].map((title) => ({ title, align: 'left' as const })),
    ...['requests', 'per completed', 'quality', 'TTFT p99', 'latency p99', 'failed'].map(
      (title) => ({ title }),
    ),
    ...['state', 'gate', 'night', 'policy'].map((title) => ({ title, align: 'left' as const })),
  ];
  const rows = runs.flatMap((run) =>
    run.rows.map((row, index) => [
      index === 0 ? run.run : '',
      index === 0 ? run.at.slice(0, 10) : '',
      row.target,
      String(row.requests),
      formatUsd(row.cost_per_completed_usd),
      formatPercent(row.quality),
      formatMs(row.ttft_p99_ms),
      formatMs(row.latency_p99_ms),
      formatPercent(row.failed),
      ...(index === 0 ? describeState(run) : ['', '', '', '']),
    ]),
  );
  const news = runs.flatMap((run) => run.news.map((text) => [run.run, run.at.slice(0, 10), text]));
  return {
    title: `${runs.length} runs`,
    lines: [],
    sheets: [
      { title: 'Runs', columns, rows },
      {
        title: 'What was new',
        columns: ['run', 'day', 'what'].map((title) => ({ title, align: 'left' as const })),
        rows: news,
      },
    ],
  };
}

const describeState = ({ state, valid, gate = '', decision = '', policy = '' }: HistoryRun) => [
  valid ? state : 'not valid',
  gate,
  decision,
  policy,
];
