import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { ReportData, SampledRequest } from '../data/report-data.ts';
import { toJunit } from '../sheet/junit.ts';
import { toMarkdown } from '../sheet/markdown.ts';
import { h } from './kit/element.ts';
import { style } from './kit/style.ts';
import { script } from './script.ts';
import { requestBrowser, requestData } from './section/request-browser.ts';

const hostile = [
  '</script><script>alert(1)</script><img src=x onerror=alert(1)>',
  '=cmd|"/c calc"!A1',
  '\u001b[2J\u001b]8;;http://evil.example\u0007here\u001b]8;;\u0007',
  '\u202egnp.exe\u2066',
  'x'.repeat(1_000_000),
].join(' ');

describe('a text that is full of code', () => {
  it('stays text in the browser of single requests', () => {
    const row: SampledRequest = {
      id: hostile,
      task: hostile,
      why: 'failure',
      prompt: hostile,
      cells: [{ status: 'ok', answer: hostile }],
    };
    const requests = { of: 1, targets: [hostile], rows: [row] };
    const data = { requests } as unknown as ReportData;
    const html = renderToStaticMarkup(h('div', {}, requestBrowser(data), requestData(data)));
    // One element of data that is not run, and no other that could be.
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('type="application/json"');
    expect(html).not.toMatch(/<img/);
    const text = /<script[^>]*>(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    expect(JSON.parse(text).rows[0].prompt).toBe(hostile);
  });

  it('has no markup, control code or direction in Markdown', () => {
    const text = toMarkdown({
      title: hostile,
      lines: [hostile],
      sheets: [{ title: hostile, columns: [{ title: hostile }], rows: [[hostile]] }],
    });
    expect(text).not.toMatch(/<script|<img|http:\/\//);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e\u2066]/);
    expect(text.split('\n')).toHaveLength(toMarkdownLines('a'));
  });

  it('is an attribute of JUnit without what XML cannot hold', () => {
    const finding = { check: hostile, target: hostile, verdict: 'FAIL', text: hostile } as const;
    const xml = toJunit('arb gate', { run: hostile, findings: [finding] });
    expect(xml).not.toMatch(/<script|<img/);
    expect(xml).not.toContain('\u001b');
    expect(xml.match(/<failure message="[^"<>]*"\/>/g)).toHaveLength(1);
  });
});

const toMarkdownLines = (cell: string) =>
  toMarkdown({
    title: cell,
    lines: [cell],
    sheets: [{ title: cell, columns: [{ title: cell }], rows: [[cell]] }],
  }).split('\n').length;

describe('the script and the style of the page', () => {
  it('hold nothing that ends their element, so that the hashes of the policy are of all that runs', () => {
    for (const text of [script, style]) {
      expect(text).not.toMatch(/<\/(script|style)/i);
    }
  });

  it('write text only', () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|eval|fetch|import/);
  });
});
