import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderCharts } from '../../report/html/render.ts';
import { toCsvFiles } from '../../report/sheet/csv.ts';
import { toMarkdown } from '../../report/sheet/markdown.ts';
import { readSummary } from '../../store/summary.ts';
import { formatPercent, formatUsd } from '../../units.ts';
import { nameTargets, writeRun } from './made-run.test.helper.ts';
import { type ReportResult, report } from './report.ts';

const dir = join(mkdtempSync(join(tmpdir(), 'arb-report-')), 'run');
let found: ReportResult;

beforeAll(async () => {
  writeRun(dir, { requests: 3_000, targets: nameTargets(4) });
  found = await report(dir, { now: new Date('2026-11-21T00:00:00Z'), volume: 1_000_000 });
}, 120_000);

/** The text of one section of the page, without its markup. */
function readSection(id: string): string {
  const [, rest = ''] = found.html.split(`<section id="${id}"`);
  const [own = ''] = rest.split('</section>');
  return own.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

describe('the report of a run', () => {
  it('opens with what to do, the money of a month and the change of quality', () => {
    const [header = ''] = found.html.split('</header>');
    const { found: decided } = found.data.decision ?? {};
    expect(decided?.status).toBe('certified');
    expect(header).toContain(found.text.answer.split(':')[0]);
    expect(header).toMatch(/a month at 1,000,000 requests/);
    expect(header).toMatch(/points<\/b>quality/);
    const saving = decided?.certificate?.saving;
    expect(header).toContain(formatPercent(saving?.estimate));
    expect(header).toContain(`(${formatPercent(saving?.low)} to ${formatPercent(saving?.high)})`);
  });

  it('has its sections in the order of what a reader asks next', () => {
    const ids = [...found.html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
    expect(ids).toEqual([
      'frontier',
      'latency',
      'rules',
      'routes',
      'tasks',
      'failures',
      'prices',
      'certificate',
      'self',
      'requests',
    ]);
  });

  it('has the figures of the run in each of them', () => {
    const { data } = found;
    const summary = readSummary(dir);
    const first = summary?.targets[0];
    const decided = data.decision?.found;
    for (const target of nameTargets(4)) expect(readSection('frontier')).toContain(target);
    expect(readSection('frontier')).toContain(
      formatUsd(1_000 * (data.decision?.frontier.singles[0]?.costUsd ?? 0)),
    );
    // Of answers the report's own percentiles are those of the histograms, up to their resolution.
    const p99 = data.targets[0]?.latency.find(({ share }) => share === 0.99)?.ms ?? 0;
    expect(p99 / (first?.user.response_ms?.p99.value ?? 0)).toBeCloseTo(1, 1);
    for (const { use, share } of decided?.rules ?? []) {
      expect(readSection('rules')).toContain(use);
      expect(readSection('rules')).toContain(formatPercent(share));
    }
    expect(readSection('routes')).toMatch(/Routes to \S*model-2/);
    const [task] = data.tasks;
    expect(readSection('tasks')).toContain(
      `${formatPercent(task?.low)} to ${formatPercent(task?.high)}`,
    );
    expect(readSection('failures')).toContain(String(first?.failures['server-error']));
    expect(readSection('failures')).toContain(formatUsd(first?.cost.retries_usd));
    expect(readSection('failures')).toContain('400 ms');
    expect(readSection('prices')).toContain('catalogue of 2026-11-19');
    expect(readSection('certificate')).toContain(
      `tested on ${decided?.certificate?.parts.certify} others`,
    );
    expect(readSection('self')).toContain('The run is valid');
    expect(readSection('requests')).toContain('2000 of 3000 requests');
  });

  it('says the quality of a target as its summary does', () => {
    const quality = readSummary(dir)?.targets[0]?.quality?.mean;
    const tasks = found.data.tasks.filter(({ target }) => target === 'target-0');
    const right = tasks.reduce((sum, task) => sum + task.quality * task.requests, 0);
    expect(right / 3_000).toBeCloseTo(quality ?? 0, 6);
  });

  it('walks floors that are certified, from the strictest, each at its part of the error', () => {
    const { floors, alpha } = found.data.decision?.floors ?? { floors: [], alpha: 0 };
    expect(floors.map(({ floor }) => floor)).toEqual(['best-0.01', 'best-0.04', 'best-0.06']);
    expect(alpha).toBeCloseTo(0.05 / 3, 9);
    const shown = floors.filter(({ policy }) => policy);
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.every(({ verdict }) => verdict === 'PASS')).toBe(true);
    // A looser floor never saves less by more than chance.
    const savings = shown.map(({ policy }) => policy?.saving.estimate ?? 0);
    expect(savings.at(-1)).toBeGreaterThan(savings[0] ?? 1);
    expect(found.html).toMatch(/<input id="floor"[^>]*max="2"[^>]*data-marks="floors"/);
  });

  it('is the same in Markdown, CSV and SVG', () => {
    const markdown = toMarkdown(found.text);
    const titles = found.text.parts.map(({ title }) => `## ${title}`);
    expect(markdown.match(/^## .*$/gm)).toEqual(titles);
    // A summary of a job on GitHub is at most 1 MiB.
    expect(markdown.length).toBeLessThan(1_048_576);
    const files = toCsvFiles(found.text.parts);
    expect(files.length).toBe(found.text.parts.flatMap(({ sheets }) => sheets).length);
    const prices = files.find(({ name }) => name === 'prices-1.csv')?.text.split('\n');
    expect(prices).toHaveLength(6);
    expect(prices?.[0]).toBe(
      'target,input,output,cached input,cache write,source,per completed request',
    );
    const charts = renderCharts(found.data);
    expect(charts.map(({ name }) => name).slice(0, 4)).toEqual([
      'frontier-1.svg',
      'latency-1.svg',
      'latency-2.svg',
      'latency-3.svg',
    ]);
    for (const { text } of charts)
      expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    const drawn = charts.find(({ name }) => name === 'latency-1.svg')?.text ?? '';
    for (const target of nameTargets(4)) expect(drawn).toContain(`>${target}</text>`);
  });

  it('as tests of a CI fails for a run that is not valid, not for want of a saving', async () => {
    const verdicts = found.findings.findings.map(({ check, verdict }) => [check, verdict]);
    expect(verdicts).toEqual([
      ['valid', 'PASS'],
      ['decision', 'PASS'],
    ]);
    const other = join(mkdtempSync(join(tmpdir(), 'arb-report-')), 'run');
    const manifest = { invalid: ['the loop was late by 40 ms'] };
    writeRun(other, { requests: 60, targets: nameTargets(2), manifest });
    const { findings } = await report(other, { now: new Date(0) });
    expect(findings.findings[0]).toMatchObject({ check: 'valid', verdict: 'FAIL' });
    expect(findings.findings.slice(1).some(({ verdict }) => verdict === 'FAIL')).toBe(false);
  });
});
