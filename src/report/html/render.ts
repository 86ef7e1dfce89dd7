import { createHash } from 'node:crypto';
import { renderToStaticMarkup } from 'react-dom/server';
import type { ReportData } from '../data/report-data.ts';
import { standAlone } from './chart/alone.ts';
import { listCharts } from './chart/charts.ts';
import { style } from './kit/style.ts';
import { page } from './page.ts';
import { script } from './script.ts';

/**
 * One HTML file that needs nothing else: no network, no script but its own (by its hash), readable
 * without any. Every text in it is escaped by the renderer.
 */
export function renderReport(data: ReportData): string {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>\n${renderToStaticMarkup(page(data, { policy, style, script }))}\n`;
}

/** Every chart of a report as a file of its own: `latency-1.svg`. Each needs nothing else. */
export const renderCharts = (
  data: ReportData,
): { readonly name: string; readonly text: string }[] =>
  listCharts(data).map((chart) => ({
    name: `${chart.part}-${chart.sheet + 1}.svg`,
    text: `${renderToStaticMarkup(standAlone(chart))}\n`,
  }));

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
