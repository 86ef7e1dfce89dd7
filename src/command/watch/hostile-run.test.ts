import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { say } from '../../cli/terminal/shell.ts';
import { renderCharts } from '../../report/html/render.ts';
import { toCsvFiles } from '../../report/sheet/csv.ts';
import { toJunit } from '../../report/sheet/junit.ts';
import { toLines } from '../../report/sheet/lines.ts';
import { toMarkdown } from '../../report/sheet/markdown.ts';
import { describeResult } from '../../report/text/run.ts';
import { csvTable } from '../../store/file/csv.ts';
import { readSummary } from '../../store/summary.ts';
import { writeRun } from './made-run.test.helper.ts';
import { type ReportResult, report } from './report.ts';

/** Markup, a formula, control sequences of a terminal, a link of one, and marks that reorder a text. */
const hostile =
  '=cmd|"/c calc"!A1 </script><script>alert(1)</script><img src=x onerror=alert(1)> \u001b[2J\u001b]8;;http://evil.example\u0007here\u001b]8;;\u0007 \u009b31m \u202egnp.exe\u2066 ](http://evil.example) | `x` \r\n::error::x';
/** The same without what no name of a table may have: the reader of outcomes refuses it. */
const name =
  '=cmd|"/c calc"!A1 </script><script>alert(1)</script><img src=x onerror=alert(1)> ](http://evil.example) | `x` ::error::';
const long = `${hostile}${'x'.repeat(1_000_000)}`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
const driving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const dir = join(mkdtempSync(join(tmpdir(), 'arb-hostile-')), 'run');
let found: ReportResult;

beforeAll(async () => {
  // A target's name cannot be this in arb.yaml; a run of somebody else's can say anything.
  const served = { [name]: { [hostile]: 3 } };
  writeRun(dir, {
    requests: 40,
    targets: [name, `${name} 2`],
    tasks: [name, `+${name}`],
    error: long,
    answer: long,
    manifest: {
      name: hostile,
      invalid: [hostile],
      served_models: served,
      vantage: { name: hostile, node: hostile, cpus: 1 },
    },
  });
  found = await report(dir, { now: new Date(0), withText: true });
}, 60_000);

describe('a run whose names, errors and answers are full of code', () => {
  it('is a page with no element, script or address of theirs', () => {
    const { html } = found;
    // The page's own script and its data.
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img|href="(?!#)|src=(?!x onerror)/);
    expect(html).not.toMatch(driving);
    const data = /type="application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    const { targets, rows } = JSON.parse(data);
    expect(targets).toContain(name);
    const answered = rows.find((row: { cells: { answer?: string }[] }) => row.cells[0]?.answer);
    expect(answered.cells[0].answer).toContain('<script>');
    expect(answered.cells[0].answer.length).toBeLessThan(2_100);
    expect(html.length).toBeLessThan(2_000_000);
  });

  it('is Markdown that is nothing but text', () => {
    const text = toMarkdown(found.text);
    expect(text).not.toMatch(/<[a-z!/]|https?:\/\/|]\(|`/i);
    expect(text).not.toMatch(driving);
    for (const line of text.split('\n')) expect(line).toMatch(/^(?:#+ |- |\| |\S|$)/);
    expect(text).not.toMatch(/^::/m);
  });

  it('is CSV in which no cell is a formula and every row has its columns', () => {
    const files = toCsvFiles(found.text.parts);
    expect(files.map(({ text }) => text).join('')).toContain('alert(1)');
    for (const { name: file, text } of files) {
      expect(file).toMatch(/^[a-z]+-\d+\.csv$/);
      expect(text).not.toMatch(driving);
      const rows: string[][] = parse(text);
      for (const cell of rows.flat()) expect(cell).not.toMatch(/^\s*[=@\t\r]|^[+-](?![\d.])/);
    }
  });

  it('is JUnit that is well formed and says nothing of its own', () => {
    const xml = toJunit('arb report', found.findings);
    expect(xml).not.toMatch(/<script|<img/);
    expect(xml).not.toMatch(driving);
    expect(
      xml
        .match(/<(\w+)/g)
        ?.filter((tag) => !/testsuites?|testcase|failure|skipped|system/.test(tag)),
    ).toEqual([]);
  });

  it('is SVG without a script or a link', () => {
    for (const { name: file, text } of renderCharts(found.data)) {
      expect(file).toMatch(/^[a-z]+-\d+\.svg$/);
      expect(text).not.toMatch(/<script|<img|<a |href|onload="/);
      expect(text).not.toMatch(driving);
    }
  });

  it('drives no terminal', () => {
    const summary = readSummary(dir);
    if (!summary) throw new Error('no summary');
    const errors = [{ target: name, status: 'server-error', error: long }];
    const lines = [
      ...toLines(found.text),
      ...describeResult({ why: 'done', exitCode: 0, errors }, summary),
    ];
    const out = new PassThrough();
    for (const line of lines) say(out, line);
    const text = String(out.read());
    expect(text.replaceAll('\t', '')).not.toMatch(driving);
    // What a provider said is cut: one line of it is a line here.
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(10_000);
  });
});

describe('a cell of CSV', () => {
  it('that begins as a formula does, behind blanks too, begins with an apostrophe', () => {
    const bad = ['=1+1', '+cmd', '-cmd', '@SUM(A1)', '\t=1', '  =1', '\r=1', '\u0000=1', '\uff1d1'];
    const rows: string[][] = parse(
      csvTable(
        ['a'],
        bad.map((cell) => [cell]),
      ),
    );
    for (const [cell] of rows.slice(1)) expect(cell).toMatch(/^'/);
  });
});
