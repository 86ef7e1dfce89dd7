import type { ReactElement } from 'react';
import type { ReportData } from '../../data/report-data.ts';
import { listMarks, thinSteps } from '../../sheet/run/decision.ts';
import { listAnswered } from '../../sheet/run/latency.ts';
import type { PartId } from '../../sheet/run/part.ts';
import { frontierChart } from './frontier.ts';
import { intervalChart } from './intervals.ts';
import { overTimeChart } from './over-time.ts';
import { percentileChart } from './percentiles.ts';

/** A chart of a report. */
export interface Chart {
  readonly part: PartId;
  /** Of the part's tables the one that has its numbers. */
  readonly sheet: number;
  readonly words: string;
  readonly drawing: ReactElement;
  /** Names of its lines in the order of their colours, where these are all that tells them apart. */
  readonly legend?: readonly string[];
}

/** Every chart of a report, in the order of the parts. */
export const listCharts = (data: ReportData): Chart[] => [
  ...drawFrontier(data),
  ...drawLatency(data),
  ...drawTasks(data),
];

function drawFrontier({ decision }: ReportData): Chart[] {
  if (!decision || decision.frontier.steps.length === 0) return [];
  const drawing = frontierChart({
    steps: thinSteps(decision.frontier.steps),
    marks: listMarks(decision),
    floors: (decision.floors?.floors ?? []).map(({ policy }) => policy),
  });
  const words =
    'Each target and policy by what it costs and how good it is; up and to the left is better.';
  return [{ part: 'frontier', sheet: 0, words, drawing }];
}

function drawLatency(data: ReportData): Chart[] {
  const answered = listAnswered(data);
  if (answered.length === 0) return [];
  const error = data.summary.calibration?.limit_ms;
  const legend = answered.map(({ target }) => target);
  const curves = (of: 'latency' | 'ttft') =>
    answered.map((each) => ({ name: each.target, points: each[of] }));
  const percentiles = (title: string, of: 'latency' | 'ttft') =>
    percentileChart(title, curves(of), error);
  const part = 'latency';
  return [
    {
      part,
      sheet: 0,
      words: 'Time to the last token: the share of the answers that came within it.',
      drawing: percentiles('latency', 'latency'),
      legend,
    },
    {
      part,
      sheet: 1,
      words: 'The same to the first token.',
      drawing: percentiles('time to first token', 'ttft'),
      legend,
    },
    {
      part,
      sheet: 2,
      words: 'The median over the run: what drifts was not measured under one condition.',
      drawing: overTimeChart(answered),
      legend,
    },
  ];
}

function drawTasks({ tasks, targets }: ReportData): Chart[] {
  const index = new Map(targets.map(({ target }, at) => [target, at]));
  const names = [...new Set(tasks.map(({ task }) => task))];
  return names.map((name, sheet) => {
    const rows = tasks.filter(({ task }) => task === name);
    const bars = rows.map(({ target, quality, low, high }) => ({
      name: target,
      value: quality,
      low,
      high,
      index: index.get(target) ?? 0,
    }));
    const words = `${rows[0]?.requests ?? 0} requests, 95 % limits.`;
    return { part: 'tasks', sheet, words, drawing: intervalChart(`Quality on ${name}`, bars) };
  });
}
