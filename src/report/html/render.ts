import { createHash } from 'node:crypto';
import { renderToStaticMarkup } from 'react-dom/server';
import type { ReportData } from './kit/report-data.ts';
import { page } from './page.ts';
import { script } from './script.ts';
import { style } from './style.ts';

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

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
