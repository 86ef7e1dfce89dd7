import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Which folder may import which; `errors`, `input` and `units` are open to all. The pipeline, executable.
 * The table of section "The house" in docs/architecture.md says what each of them is for.
 */
const walls: Record<string, readonly string[]> = {
  statistics: [],
  sim: [],
  http: [],
  table: [],
  workload: ['table'],
  provider: ['workload', 'http'],
  price: ['workload', 'http', 'provider'],
  replay: ['workload', 'http', 'provider', 'price'],
  measure: ['replay', 'statistics'],
  judge: ['workload', 'provider', 'price', 'replay', 'statistics'],
  outcome: ['workload', 'table', 'replay', 'judge'],
  policy: ['workload'],
  optimize: ['workload', 'outcome', 'policy', 'statistics'],
  arbitrage: ['outcome', 'statistics'],
  gateway: ['policy'],
  verify: ['policy', 'gateway', 'http', 'workload'],
  store: ['workload', 'replay', 'measure', 'judge', 'outcome', 'policy'],
  compare: ['store', 'measure', 'outcome', 'policy', 'optimize', 'statistics'],
  report: [
    'store',
    'measure',
    'judge',
    'outcome',
    'policy',
    'optimize',
    'arbitrage',
    'compare',
    'statistics',
  ],
  serve: ['workload', 'http', 'provider', 'price', 'replay', 'policy'],
  command: [
    'statistics',
    'sim',
    'http',
    'table',
    'workload',
    'provider',
    'price',
    'replay',
    'measure',
    'judge',
    'outcome',
    'policy',
    'optimize',
    'arbitrage',
    'gateway',
    'verify',
    'store',
    'compare',
    'report',
    'serve',
  ],
  cli: ['index.ts'],
};

/** These edges carry types only: nothing of the imported folder runs there. */
const typesOnly: Record<string, readonly string[]> = {
  price: ['provider'],
  outcome: ['replay', 'judge'],
};

/** Each package belongs to one folder; zod and yaml are the language of files, spoken at each edge. */
const owners: Record<string, readonly string[]> = {
  zod: ['*'],
  yaml: ['policy', 'sim', 'gateway', 'workload', 'command'],
  undici: ['http'],
  '@pydantic/genai-prices': ['price'],
  'fastest-levenshtein': ['input.ts', 'judge'],
  'gpt-tokenizer': ['workload'],
  'p-queue': ['replay'],
  'hdr-histogram-js': ['measure'],
  ajv: ['judge'],
  'ajv-formats': ['judge'],
  'pure-rand': ['statistics', 'sim', 'replay'],
  '@stdlib/*': ['statistics'],
  'csv-parse': ['judge', 'table'],
  'csv-stringify': ['store'],
  'react-dom': ['report'],
  commander: ['cli'],
  ink: ['cli'],
  react: ['cli', 'report'],
};

const root = import.meta.dirname;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .sort();
const sources = files.filter((name) => !/\.test(?:\.helper)?\.tsx?$/.test(name));
const folderOf = (file: string) => (file.includes(sep) ? (file.split(sep)[0] ?? '') : file);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return [...found].map((match) => ({
    from: file,
    to: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }));
}

/** The circles of a directed graph, each as the path that closes it; one for each way in. */
function circles(pairs: readonly (readonly [string, string])[]): string[][] {
  const edges = Map.groupBy(pairs, ([from]) => from);
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (node: string, path: string[]) => {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node]);
    if (path.includes(node) || done.has(node)) return;
    for (const [, to] of edges.get(node) ?? []) visit(to, [...path, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return found;
}

const imports = sources.flatMap(importsOf);
const relatives = imports
  .filter(({ to }) => to.startsWith('.'))
  .map((found) => ({ ...found, to: relative(root, join(root, dirname(found.from), found.to)) }));

describe('the architecture', () => {
  it('has only the folders of the pipeline', () => {
    const folders = new Set(files.filter((file) => file.includes(sep)).map(folderOf));
    expect([...folders].filter((folder) => !(folder in walls))).toEqual([]);
    const loose = files.filter((file) => !file.includes(sep));
    const expected = ['architecture.test.ts', 'errors.ts', 'index.ts', 'input.ts', 'units.ts'];
    expect(loose.filter((file) => !expected.includes(file) && !file.endsWith('.test.ts'))).toEqual(
      [],
    );
  });

  it('lets no folder import across its walls', () => {
    const broken = relatives.filter(({ from, to, typeOnly }) => {
      const [here, there] = [folderOf(from), folderOf(to)];
      if (here === there || here === 'index.ts') return false;
      if (['errors.ts', 'input.ts', 'units.ts'].includes(there)) return false;
      if (!walls[here]?.includes(there)) return true;
      return (typesOnly[here]?.includes(there) ?? false) && !typeOnly;
    });
    expect(broken).toEqual([]);
  });

  it('keeps each package in the folder that owns it', () => {
    const strays = imports.filter(({ from, to }) => {
      if (to.startsWith('.') || to.startsWith('node:')) return false;
      const name = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : to.split('/')[0];
      const owner = owners[name ?? ''] ?? owners[`${name?.split('/')[0]}/*`];
      return !owner?.includes('*') && !owner?.includes(folderOf(from));
    });
    expect(strays).toEqual([]);
  });

  it('has no circle of files, types counted', () => {
    expect(circles(relatives.map(({ from, to }) => [from, to]))).toEqual([]);
  });

  it('has no circle of folders, types counted', () => {
    const between = relatives.map(({ from, to }) => [dirname(from), dirname(to)] as const);
    expect(circles(between.filter(([from, to]) => from !== to && to !== '.'))).toEqual([]);
  });

  it('has at most fifteen sources a folder', () => {
    const rooms = Map.groupBy(
      sources.filter((file) => file.includes(sep) && !/(?:^|[\\/])index\.ts$/.test(file)),
      (file) => dirname(file),
    );
    expect([...rooms].filter(([, inside]) => inside.length > 15).map(([room]) => room)).toEqual([]);
  });

  it('prints, exits and reads the environment only in cli', () => {
    const loud = sources.filter(
      (file) =>
        folderOf(file) !== 'cli' &&
        /\bconsole\.|process\.(?:env|exit|stdout|stderr|argv)\b/.test(
          readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
        ),
    );
    expect(loud).toEqual([]);
  });

  it('writes files only in store', () => {
    const writers = sources.filter(
      (file) =>
        !['store', 'cli'].includes(folderOf(file)) &&
        /\b(?:writeFile|appendFile|createWriteStream|rename|mkdir|unlink|copyFile|truncate|writev?)(?:Sync)?\b.*from 'node:fs/.test(
          readFileSync(join(root, file), 'utf8').replaceAll(/\{[^}]*\}/g, (list) =>
            list.replaceAll('\n', ' '),
          ),
        ),
    );
    expect(writers).toEqual([]);
  });

  it('has one barrel, and a gateway its one object', () => {
    const barrels = sources.filter((file) =>
      /(?:^|\/)index\.tsx?$/.test(file.replaceAll(sep, '/')),
    );
    const others = barrels.filter((file) => !/^gateway\/[^/]+\/index\.ts$/.test(file));
    expect(others).toEqual(['index.ts']);
  });

  it('keeps every file small enough to read', () => {
    const lines = sources.map((file) => ({
      file,
      lines: readFileSync(join(root, file), 'utf8').split('\n').length,
    }));
    expect(lines.filter(({ lines }) => lines > 400)).toEqual([]);
  });
});
