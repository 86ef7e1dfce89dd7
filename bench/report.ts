import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import type { ReportData } from '../src/report/data/report-data.ts';
import { findRuns } from '../src/store/find-runs.ts';
import { openBrowser, readFirstPaint } from './browser.ts';
import { arb } from './command.ts';

/**
 * A report in a real browser: no error on its console, no request to any host, every chart with as many
 * marks as there is data, filters that filter, readable without a script, no serious finding of axe-core
 * in light and dark.
 *
 *   npm run bench:report [-- PAGE DATA] [--shots FOLDER]
 *
 * PAGE and DATA are what `arb report RUN --out PAGE --json > DATA` left; without them the run is that of
 * `arb demo`. CHROMIUM names the browser (default: /usr/bin/chromium).
 */
const { values: flags, positionals } = parseArgs({
  options: { shots: { type: 'string' } },
  allowPositionals: true,
});
const folder = mkdtempSync(join(tmpdir(), 'arb-report-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const [page = '', dataFile = ''] = positionals.length > 0 ? positionals : await drawDemo();
const data = JSON.parse(readFileSync(dataFile, 'utf8')) as ReportData;
const address = pathToFileURL(resolve(page)).href;
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

const browser = await openBrowser();
const faults: string[] = [];
const expect = (what: string, found: unknown, wanted: unknown) => {
  const ok = JSON.stringify(found) === JSON.stringify(wanted);
  console.log(
    `${ok ? 'ok   ' : 'WRONG'} ${what}: ${JSON.stringify(found)}${ok ? '' : `, expected ${JSON.stringify(wanted)}`}`,
  );
  if (!ok) faults.push(what);
};

/** The page and the data of a fresh demo; a busy machine may make its times not to be trusted. */
async function drawDemo(): Promise<string[]> {
  const kit = join(folder, 'demo');
  const demo = await arb('demo', '--out', kit, '--json');
  const [run] = findRuns(kit);
  if (!run) throw new Error(`arb demo left no run and ended with ${demo.code}`);
  const [out, json] = [join(folder, 'page.html'), join(folder, 'data.json')];
  const { code, stdout } = await arb('report', run.dir, '--out', out, '--json');
  if (code !== 0) throw new Error(`arb report ended with ${code}`);
  writeFileSync(json, stdout);
  return [out, json];
}

interface View {
  readonly scheme: 'light' | 'dark';
  readonly width: number;
  readonly script: boolean;
}

async function open({
  scheme,
  width,
  script,
}: View): Promise<{ page: Page; asked: string[]; said: string[] }> {
  const context = await browser.newContext({
    colorScheme: scheme,
    viewport: { width, height: 900 },
    javaScriptEnabled: script,
  });
  const tab = await context.newPage();
  const asked: string[] = [];
  const said: string[] = [];
  tab.on('request', (request) => {
    if (request.url() !== address) asked.push(request.url());
  });
  tab.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') said.push(message.text());
  });
  tab.on('pageerror', (error) => said.push(error.message));
  await tab.goto(address);
  return { page: tab, asked, said };
}

const count = (tab: Page, selector: string) => tab.locator(selector).count();

const { page: tab, asked, said } = await open({ scheme: 'light', width: 1_280, script: true });
expect('requests to any host', asked, []);
const answered = data.targets.filter(({ latency }) => latency.length > 0).length;
expect('latency lines', await count(tab, '#latency svg .series'), 3 * answered);
expect('task intervals', await count(tab, '#tasks svg .interval'), data.tasks.length);
if (data.decision) {
  const { frontier, found } = data.decision;
  const marks =
    frontier.singles.length +
    found.rivals.filter(({ kind }) => ['oracle', 'static-mix', 'policy'].includes(kind)).length +
    1 +
    (found.status === 'certified' ? 1 : 0);
  expect('marks beside the frontier', await count(tab, '#frontier svg .mark'), marks);
  expect('the frontier', await count(tab, '#frontier svg .frontier'), 1);
  const before = await tab.locator('#floor-text').textContent();
  await tab.locator('#floor').fill('0');
  const moved = (await tab.locator('#floor-text').textContent()) !== before;
  const { floors } = data.decision;
  expect('the slider moves', moved, (floors?.floors ?? frontier.steps).length > 1);
  expect(
    'certified floors',
    await count(tab, '#frontier svg .floors circle'),
    floors?.floors.length ?? 0,
  );
  if (found.status !== 'keep-current') {
    expect('rules', await count(tab, '#rules tbody tr'), found.rules.length);
  }
}
const { rows } = data.requests;
expect('requests in the browser', await count(tab, '#request option'), rows.length);
await tab.locator('#why').selectOption('disagreement');
const apart = rows.filter(({ why }) => why === 'disagreement').length;
expect('requests where targets disagree', await count(tab, '#request option'), apart);
await tab.locator('#why').selectOption('');
const [first] = rows;
if (first) {
  await tab.locator('#search').fill(first.id);
  expect(
    'the one that was searched',
    (await tab.locator('#shown h3').textContent())?.startsWith(first.id),
    true,
  );
  expect(
    'answers side by side',
    await count(tab, '#shown .pair > div'),
    data.requests.targets.length,
  );
}
expect('errors on the console', said, []);

for (const scheme of ['light', 'dark'] as const) {
  const { page: seen } = await open({ scheme, width: 1_280, script: true });
  // Not through the page: its own policy lets no other script in.
  const found = (await seen.evaluate(
    `${axe}; axe.run(document, { resultTypes: ['violations'] })`,
  )) as {
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  };
  const serious = found.violations.filter(
    ({ impact }) => impact === 'serious' || impact === 'critical',
  );
  expect(
    `serious findings of axe-core, ${scheme}`,
    serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.target}`),
    [],
  );
  const { page: narrow } = await open({ scheme, width: 390, script: true });
  const wide = await narrow.evaluate('document.documentElement.scrollWidth');
  expect(`width on a telephone, ${scheme}`, wide, 390);
  if (flags.shots) {
    await seen.screenshot({ path: join(flags.shots, `report-1280-${scheme}.png`) });
    await seen.screenshot({
      path: join(flags.shots, `report-1280-${scheme}-full.png`),
      fullPage: true,
    });
    await narrow.screenshot({ path: join(flags.shots, `report-390-${scheme}.png`) });
  }
}

const { page: plain } = await open({ scheme: 'light', width: 1_280, script: false });
const text = String(await plain.evaluate('document.body.innerText')).length;
expect('readable without a script', text > 3_000, true);
expect('controls without a script', await plain.locator('.only-script:visible').count(), 0);
const started = performance.now();
const { page: timed } = await open({ scheme: 'light', width: 1_280, script: true });
const painted = await readFirstPaint(timed);
console.log(
  `first paint after ${painted.toFixed(0)} ms, loaded in ${(performance.now() - started).toFixed(0)} ms`,
);
if (painted > 2_000) faults.push('first paint');
await browser.close();
process.exitCode = faults.length > 0 ? 1 : 0;
