import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { configSchema, configSections } from '../command/config/schema.ts';
import { parsePolicy } from '../policy/write.ts';
import { parseMarket } from '../sim/market/market.ts';
import { parseLine } from '../workload/line.ts';
import { findUnknown, readHelp } from './help.test.helper.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md', 'docs/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .map((file) => ({ file, text: read(file) }));

interface Block {
  readonly place: string;
  readonly text: string;
}

/** Fenced blocks of a language, with the page and line where they stand. */
const blocksOf = (language: string): Block[] =>
  pages.flatMap(({ file, text }) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
      (match) => ({
        place: `${file}:${text.slice(0, match.index).split('\n').length}`,
        text: match[1] ?? '',
      }),
    ),
  );

/** What a reader may type: code in lines, shell blocks and indented blocks, continued lines joined. */
const typed = [
  ...pages.flatMap(({ file, text }) => {
    const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
    const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
    const indented = [...prose.matchAll(/^ {4}(arb .*)$/gm)].map(([, code = '']) => code);
    return [...spans, ...indented].map((code) => ({ file, code }));
  }),
  ...[...blocksOf('sh'), ...['github.yml', 'gitlab.yml', 'crontab'].map(exampleBlock)].flatMap(
    ({ place, text }) =>
      text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((code) => ({ file: place, code })),
  ),
];

function exampleBlock(name: string): Block {
  const place = `examples/nightly/${name}`;
  return { place, text: read(place).replaceAll(/^ *#.*$/gm, '') };
}

const scriptsOf = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = scriptsOf.parse(JSON.parse(read('package.json')));

describe('what a reader may type', () => {
  it('names commands and options that there are', async () => {
    const help = await readHelp();
    expect(typed.filter(({ code }) => /\barb [a-z]/.test(code)).length).toBeGreaterThan(100);
    const faults = typed.flatMap(({ file, code }) =>
      findUnknown(code, help).map((fault) => `${file}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });

  it('stands in the help of each command as an example of options that there are', async () => {
    const help = await readHelp();
    const examples = [...help].map(([name, text]) => ({
      name,
      code: text
        .split(/^Examples?:\n/m)
        .slice(1)
        .join('\n')
        .replaceAll('\\\n', ' '),
    }));
    expect(examples.filter(({ name, code }) => !code.includes(`arb ${name}`))).toEqual([]);
    const lines = examples.flatMap(({ code }) => code.split('\n'));
    expect(lines.flatMap((code) => findUnknown(code, help))).toEqual([]);
  });

  it('names scripts that there are', () => {
    const named = typed.flatMap(({ file, code }) =>
      [...code.matchAll(/npm run (?:--silent )?([\w:-]+)|^(bench:[\w-]+)/g)].map(
        ([, run, alone]) => ({ file, script: run ?? alone ?? '' }),
      ),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  });
});

describe('blocks of the pages are read by arb', () => {
  it.each(blocksOf('json').concat(blocksOf('jsonl')))(
    '$place, a line of a workload',
    ({ text }) => {
      const line = JSON.stringify(JSON.parse(text));
      expect(parseLine(line, 1)).toMatchObject({ state: 'request' });
    },
  );

  it.each(blocksOf('yaml'))('$place', ({ place, text }) => {
    const content: unknown = parse(text);
    if (content === null) {
      const [, schema = ''] = /\$schema=\.\/node_modules\/arb\/(\S+)/.exec(text) ?? [];
      expect(existsSync(join(root, schema))).toBe(true);
      return;
    }
    const keys = Object.keys(z.record(z.string(), z.unknown()).parse(content));
    if (keys.includes('seed')) parseMarket(text, place);
    else if (keys.includes('rules')) readRules(text, place);
    else readConfig(content, keys);
  });
});

/** A part of arb.yaml; one without targets is put beside the example's, one with them stands alone. */
function readConfig(content: unknown, keys: readonly string[]): void {
  if (keys.includes('targets')) {
    expect(configSchema.safeParse(content).error).toBeUndefined();
    return;
  }
  const { targets } = z.object({ targets: z.unknown() }).parse(parse(exampleConfig()));
  const whole = { targets, ...z.record(z.string(), z.unknown()).parse(content) };
  expect(configSections.safeParse(whole).error).toBeUndefined();
}

const exampleConfig = () =>
  blocksOf('yaml').find(({ text }) => /^targets:[\s\S]*^constraints:/m.test(text))?.text ?? '';

/** The rules of a policy, for which its targets are made up. */
function readRules(text: string, place: string): void {
  const { rules } = z
    .object({
      rules: z.array(z.looseObject({ use: z.string(), fallback: z.array(z.string()).optional() })),
    })
    .parse(parse(text));
  const names = rules.flatMap(({ use, fallback = [] }) => [use, ...fallback]);
  const base = parsePolicy(read('fixtures/contract/routes.yaml'), place);
  const [target] = Object.values(base.targets);
  const policy = {
    ...base,
    rules,
    targets: Object.fromEntries(names.map((name) => [name, target])),
  };
  expect(parsePolicy(stringify({ ...policy, id: 'none' }), place).rules).toHaveLength(rules.length);
}

describe('links', () => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');

  it('lead to files and headings that there are', () => {
    const links = pages.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)].map(([, link, image]) => ({
        file,
        link: link ?? image ?? '',
      })),
    );
    const inside = links.filter(({ link }) => !/^https?:/.test(link));
    expect(inside.length).toBeGreaterThan(30);
    const broken = inside.filter(({ file, link }) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : relative(root, join(root, dirname(file), path));
      if (!existsSync(join(root, target))) return true;
      if (anchor === undefined) return false;
      const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
      return !headings.map(slug).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('in the README lead to every page', () => {
    const linked = read('README.md');
    const reached = new Set([...linked.matchAll(/docs\/[\w-]+\.md/g)].map(([path]) => path));
    const further = [...read('CONTRIBUTING.md'), ...read('SECURITY.md')].join('');
    const missing = globSync('docs/*.md', { cwd: root }).filter(
      (page) => !reached.has(page) && !further.includes(page),
    );
    expect(missing).toEqual([]);
  });
});
