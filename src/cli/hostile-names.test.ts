import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { gateways } from '../gateway/gateways.ts';
import { checkExports, startPython } from '../gateway/hostile.test.helper.ts';
import { makePolicy, parsePolicy } from '../policy/write.ts';
import { arb, folderWith, type Ran } from './harness.test.helper.ts';
import {
  breakouts,
  controls,
  everything,
  findLineFaults,
  findLogFaults,
  hostileWorkload,
  judges,
  reordering,
  startHostileProviders,
} from './hostile-names.test.helper.ts';

const folder = folderWith({ 'w.jsonl': hostileWorkload(60) });
const at = (name: string) => join(folder, name);
const workload = at('w.jsonl');
const config = ['--config', at('arb.yaml')];
const ends: { readonly line: string; readonly ran: Ran }[] = [];

async function run(...args: string[]): Promise<Ran> {
  const ran = await arb(args);
  ends.push({ line: args.join(' '), ran });
  return ran;
}

function configFor(url: string): string {
  const candidates = breakouts.map((name, index) => {
    const place = `base_url: "${url}/t${index}/v1", price: {input: ${index + 1}, output: 1}`;
    const text = JSON.stringify(name);
    return `  ${text}: {provider: openai-compatible, model: ${text}, maker: ${text}, region: ${text}, ${place}}`;
  });
  const asked = judges.map(
    (name, index) =>
      `  ${JSON.stringify(name)}: {provider: openai-compatible, model: ${JSON.stringify(name)}, maker: z${index}, base_url: "${url}/judge${index}/v1", price: {input: 2, output: 8}, role: judge}`,
  );
  const quality = `quality: {baseline: recorded, floor: 0, judges: ${JSON.stringify(judges)}, per_task: {${JSON.stringify(breakouts[0])}: 0}}`;
  return `targets:\n${[...candidates, ...asked].join('\n')}\n${quality}\napps: {"<x-evil>::": app-1a2b3c4d}\nload: {concurrency: 4}\n`;
}

/** Prices of hostile models, as OpenRouter writes them. */
const prices = (power: number) =>
  JSON.stringify({
    data: [...breakouts, ...controls].map((id, index) => ({
      ...{ id, name: id },
      pricing: { prompt: `${index}e-${power}`, completion: '1e-6' },
    })),
  });

/** A log in which the names are hostile too. */
const log = [...breakouts, ...controls, ...reordering]
  .map((name, index) =>
    JSON.stringify({
      ...{ request_id: `${name}#${index}`, model: name, end_user: name, session_id: name },
      ...{ call_type: 'acompletion', spend: 0.01, prompt_tokens: 3, completion_tokens: 4 },
      ...{ startTime: '2026-11-20T02:00:00Z', endTime: '2026-11-20T02:00:01Z' },
      messages: [{ role: 'user', content: everything }],
      response: { choices: [{ message: { role: 'assistant', content: everything } }] },
      metadata: { [name]: name },
    }),
  )
  .join('\n');

beforeAll(async () => {
  const providers = await startHostileProviders();
  try {
    writeFileSync(at('arb.yaml'), configFor(providers.url));
    writeFileSync(at('log.jsonl'), log);
    writeFileSync(at('old.json'), prices(6));
    writeFileSync(at('new.json'), prices(5));
    await measure();
    await decide();
    await deploy(providers.url);
    await watch();
  } finally {
    providers.close();
  }
}, 300_000);

async function measure(): Promise<void> {
  const [first, second] = [at('reports/::error::a'), at('reports/=b')];
  for (const more of [[], ['--targets'], ['--json']])
    await run('inspect', workload, ...config, ...more);
  await run('import', at('log.jsonl'), '-o', at('imported.jsonl'), '--redact', ...config);
  await run('inspect', at('imported.jsonl'), ...config);
  await run('import', workload, '-o', at('again.jsonl'), '--suggest-checks', ...config);
  await run('sample', workload, '--requests', '24', '-o', at('s.jsonl'), ...config);
  await run('bench', workload, ...config, '--estimate');
  await run('bench', workload, ...config, '--out', first, '--name', '::error::INJECTED');
  await run('bench', at('s.jsonl'), ...config, '--out', second, '--json');
  for (const more of [[], ['--json']]) await run('judge', first, ...config, ...more);
  await run('label', first, ...config, '--count', '20', '--sheet', at('sheet.csv'));
  writeFileSync(
    at('sheet.csv'),
    readFileSync(at('sheet.csv'), 'utf8').replaceAll(/,\n/g, ',tie\n'),
  );
  await run(
    'label',
    first,
    ...config,
    '--read',
    at('sheet.csv'),
    '--by',
    `::error::${controls[3]}`,
  );
  await run('judge', first, ...config);
}

async function decide(): Promise<void> {
  const first = at('reports/::error::a');
  const by = ['--by', 'task,app', '--no-certify'];
  await run('recommend', first, ...config, ...by, '--out', at('r.yaml'), '--summary', at('s.md'));
  await run('recommend', first, ...config, ...by, '--values', '--frontier');
  await run(
    'recommend',
    first,
    ...config,
    '--by',
    'task,metadata.region',
    '--no-certify',
    '--json',
  );
  await run('recommend', first, ...config, '--since', at('reports/=b'));
  for (const more of [[], ['--json']]) await run('check', at('r.yaml'), first, ...config, ...more);
  for (const more of [[], ['--json']]) await run('route', at('r.yaml'), workload, ...more);
  await run('policy', 'id', at('r.yaml'));
}

async function deploy(url: string): Promise<void> {
  const { targets } = parsePolicy(readFileSync(at('r.yaml'), 'utf8'), 'r.yaml');
  const slugs = Object.keys(targets).map((name) => `${JSON.stringify(name)}: {use: slug/m}`);
  writeFileSync(at('bindings.yaml'), `${slugs.join('\n')}\n`);
  for (const name of Object.keys(gateways)) {
    const bindings = name === 'openrouter' ? ['--bindings', at('bindings.yaml')] : [];
    const to = ['export', at('r.yaml'), '--to', name, '--allow-loss', ...bindings];
    await run(...to, '--out', at(`gateway-${name}`), '--run', at('reports/::error::a'));
    await run(...to);
  }
  await run('policy', 'import', 'litellm', at('gateway-litellm-plain/litellm.yaml'));
  await run('policy', 'import', 'portkey', at('gateway-portkey/portkey.json'));
  const verify = ['verify', at('r.yaml'), '--gateway', `${url}/v1`, '--workload', workload];
  await run(...verify, '--kind', 'litellm', '--requests', '20');
  await run(...verify, '--kind', 'portkey', '--requests', '20', '--json');
}

async function watch(): Promise<void> {
  const [first, second] = [at('reports/::error::a'), at('reports/=b')];
  const report = ['report', first, ...config];
  const files = ['--csv', at('csv'), '--svg', at('svg'), '--routes', at('r.yaml')];
  await run(...report, '--with-text', '--out', at('report.html'), ...files);
  writeFileSync(
    at('report.md'),
    (await run(...report, '--markdown', '--out', at('b.html'))).stdout,
  );
  writeFileSync(at('report.xml'), (await run(...report, '--junit', '--out', at('b.html'))).stdout);
  await run(...report, '--json', '--out', at('b.html'));
  const gate = ['gate', first, '--baseline', second, ...config];
  for (const form of [[], ['--markdown'], ['--json']]) {
    await run('compare', first, second, ...form);
    await run('history', at('reports'), ...form);
    await run(...gate, '--routes', at('r.yaml'), ...form);
  }
  writeFileSync(at('gate.xml'), (await run(...gate, '--junit')).stdout);
  const night = ['nightly', workload, ...config, '--routes', at('r.yaml'), '--requests', '20'];
  for (const more of [['--dry-run'], []]) await run(...night, '--reports', at('nights'), ...more);
  for (const more of [[], ['--json'], ['--list', at('old.json')]])
    await run('prices', ...config, ...more);
  await run('prices', 'diff', at('old.json'), at('new.json'), ...config);
  await run('doctor', ...config, '--no-calibrate');
  await run('purge', at('reports'), '--older-than', '1h');
}

/** Files for people, by the end of their names. */
const filesOf = (...kinds: string[]): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => kinds.some((kind) => name.endsWith(`.${kind}`)))
    .map(at);

describe('names and texts that are code in some language', () => {
  it('end no command as a bug, and are refused by none', () => {
    const refused = ends.filter(({ ran }) => ran.code === 70 || ran.code === 2);
    expect(refused.map(({ line, ran }) => [line, ran.stderr.slice(0, 400)])).toEqual([]);
    expect(ends.length).toBeGreaterThan(50);
  });

  it('are no command of a CI, no line of their own and drive no terminal', () => {
    const faults = ends.flatMap(({ line, ran }) => {
      // In a file of a gateway, which is generated for a file, names stand as they are within a line.
      const isFile = line.startsWith('export ');
      const shown = isFile ? findLineFaults(ran.stdout) : findLogFaults(ran.stdout);
      return [...shown, ...findLogFaults(ran.stderr)].map((fault) => [line, fault]);
    });
    expect(faults.slice(0, 10)).toEqual([]);
  });

  it('are text in every page, table and picture that is written', () => {
    const files = filesOf('html', 'md', 'csv', 'svg', 'xml');
    expect(files.length).toBeGreaterThan(20);
    const driving = /[^\P{Cc}\n\t\r]|[\u202a-\u202e\u2066-\u2069]/u;
    expect(files.filter((file) => driving.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('are no tag and no attribute of HTML, XML and SVG, which are well formed', () => {
    const files = filesOf('html', 'svg', 'xml');
    const { stdout, stderr } = spawnSync('python3', ['-c', readMarkup, ...files], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it('are no formula in a table', () => {
    for (const file of filesOf('csv')) {
      const rows: string[][] = parseCsv(readFileSync(file));
      for (const cell of rows.flat()) expect(cell).not.toMatch(/^\s*[=@\t\r]|^[+-](?![\d.])/);
    }
  });

  it('are the same values when a policy is read again, and data only in what is generated from it', async () => {
    const {
      id: _,
      edited: __,
      ...policy
    } = parsePolicy(readFileSync(at('r.yaml'), 'utf8'), 'r.yaml');
    expect(Object.keys(policy.targets).every((name) => breakouts.includes(name as never))).toBe(
      true,
    );
    const tasks = policy.rules.flatMap(({ when }) => when?.task ?? []);
    expect(tasks.every((task) => breakouts.includes(task as never))).toBe(true);
    const python = startPython();
    try {
      const { version: ___, ...draft } = { ...makePolicy(policy as never), id: undefined };
      const { id: ____, ...whole } = draft;
      expect(
        await checkExports(whole as never, { gateways: Object.values(gateways), python }),
      ).toEqual([]);
    } finally {
      python.close();
    }
  });

  it('run nothing', () => {
    expect(existsSync('PWNED') || existsSync(at('PWNED'))).toBe(false);
    expect(Object.hasOwn(globalThis, 'escaped')).toBe(false);
  });
});

const unprintable = [...controls, ...reordering];

describe('a name that is refused', () => {
  it.each(unprintable)('is refused as that of a target: %j', async (name) => {
    const text = `targets:\n  a: {provider: openai-compatible, base_url: "http://127.0.0.1:9/v1", model: m}\n  ${JSON.stringify(name)}: {provider: openai, model: m}\n`;
    writeFileSync(at('bad.yaml'), text);
    const { code, stdout, stderr } = await arb(['inspect', workload, '--config', at('bad.yaml')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:[23]: .*control characters/s);
    expect([...findLogFaults(stdout), ...findLogFaults(stderr)]).toEqual([]);
  });

  it.each(controls)('is refused in a workload and in a table of outcomes: %j', async (name) => {
    for (const key of ['id', 'task', 'session', 'group']) {
      writeFileSync(
        at('bad.jsonl'),
        `{"prompt":"x"}\n${JSON.stringify({ prompt: 'x', [key]: name })}`,
      );
      const { code, stderr } = await arb(['inspect', at('bad.jsonl'), ...config]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('bad.jsonl:2:')]);
      expect(findLogFaults(stderr)).toEqual([]);
    }
    for (const key of ['request_id', 'target', 'task']) {
      const row = { request_id: 'r', target: 'a', task: 't', quality: 1, cost_usd: 1, [key]: name };
      writeFileSync(at('bad.outcomes.jsonl'), `${JSON.stringify(row)}\n`);
      const { code, stderr } = await arb(['recommend', '--outcomes', at('bad.outcomes.jsonl')]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('bad.outcomes.jsonl:1:')]);
      expect(findLogFaults(stderr)).toEqual([]);
    }
  });

  it('stands in no log when it comes by a policy, or by files of a run that were edited', async () => {
    const policy = parse(readFileSync(at('r.yaml'), 'utf8'));
    const [last] = policy.rules.slice(-1);
    const name = controls.join('');
    policy.targets[name] = policy.targets[last.use];
    policy.rules = [
      { name, when: { task: [name] }, use: name },
      { ...last, fallback: [] },
    ];
    writeFileSync(at('bad-policy.yaml'), JSON.stringify({ ...policy, id: 'none' }));
    const run = at('reports/::error::a');
    const row = {
      request_id: name,
      target: name,
      pass: 1,
      task: name,
      served_model: name,
      error: name,
    };
    for (const file of ['attempts', 'answers', 'outcomes', 'verdicts']) {
      appendFileSync(
        join(run, `${file}.jsonl`),
        `${JSON.stringify({ ...row, answer: name, attempts: 1, status: 'ok', quality: 1, by: name, quality_kind: 'check' })}\n`,
      );
    }
    const manifest = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8'));
    const edited = { ...manifest, name, invalid: [name] };
    writeFileSync(join(run, 'manifest.json'), JSON.stringify(edited));
    const lines = [
      ['route', at('bad-policy.yaml'), workload],
      ['policy', 'id', at('bad-policy.yaml')],
      ['check', at('bad-policy.yaml'), at('reports/=b'), ...config],
      ...Object.keys(gateways).map((to) => [
        'export',
        at('bad-policy.yaml'),
        '--to',
        to,
        '--allow-loss',
      ]),
      ['report', run, ...config, '--out', at('edited.html'), '--with-text'],
      ['report', run, ...config, '--out', at('edited.html'), '--markdown'],
      ['recommend', run, ...config],
      ['compare', at('reports/=b'), run],
      ['gate', run, '--baseline', at('reports/=b'), ...config],
      ['history', at('reports')],
      ['purge', at('reports'), '--older-than', '1h'],
    ];
    for (const line of lines) {
      const { code, stdout, stderr } = await arb(line);
      expect([line, code, stderr.slice(0, 300)]).not.toEqual([line, 70, expect.anything()]);
      const shown = line[0] === 'export' ? findLineFaults(stdout) : findLogFaults(stdout);
      expect([line, ...shown, ...findLogFaults(stderr)]).toEqual([line]);
    }
    const more = { ...manifest, targets: [...manifest.targets, name] };
    writeFileSync(join(run, 'manifest.json'), JSON.stringify(more));
    const { code, stderr } = await arb(['compare', at('reports/=b'), run]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('manifest.json: not readable')]);
  }, 60_000);
});

/** Reads each file as a browser or a CI does; prints every tag and attribute that is not arb's. */
const readMarkup = `
import json, sys
from html.parser import HTMLParser
from xml.dom.minidom import parse
faults = []
class Page(HTMLParser):
    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if tag.startswith("x-") or any(name.startswith("on") for name in names):
            faults.append([file, tag, names])
for file in sys.argv[1:]:
    if file.endswith(".html"):
        Page().feed(open(file, encoding="utf-8").read())
        continue
    try:
        for element in parse(file).getElementsByTagName("*"):
            names = list(element.attributes.keys())
            if element.tagName.startswith("x-") or any(name.startswith("on") for name in names):
                faults.append([file, element.tagName, names])
    except Exception as error:
        faults.append([file, str(error)])
print(json.dumps(faults))
`;
