import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Which folder may import which; `errors`, `input`, `lines`, `record` and `units` are open to all. The pipeline, executable.
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
    'verify',
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
  // Of index.ts the types, and what no command has; a command and its text are loaded from their own file.
  cli: ['index.ts', 'command', 'report'],
};

/** These edges carry types only: nothing of the imported folder runs there. */
const typesOnly: Record<string, readonly string[]> = {
  price: ['provider'],
  outcome: ['replay', 'judge'],
  report: ['verify'],
};

/** Each package belongs to one folder; zod and yaml are the language of files, spoken at each edge. */
const owners: Record<string, readonly string[]> = {
  zod: ['*'],
  yaml: ['encode.ts', 'policy', 'sim', 'gateway', 'workload', 'command', 'table'],
  undici: ['http'],
  '@pydantic/genai-prices': ['price'],
  'fastest-levenshtein': ['input.ts', 'judge'],
  'gpt-tokenizer': ['workload'],
  'hdr-histogram-js': ['measure'],
  ajv: ['workload'],
  'ajv-draft-04': ['workload'],
  'ajv-formats': ['workload'],
  'pure-rand': ['statistics', 'sim', 'replay', 'workload'],
  'csv-parse': ['judge', 'table'],
  hyparquet: ['table'],
  'hyparquet-compressors': ['table'],
  'csv-stringify': ['store'],
  'react-dom': ['report'],
  'd3-scale': ['report'],
  'd3-shape': ['report'],
  commander: ['cli'],
  'string-width': ['cli', 'report'],
  ink: ['cli'],
  react: ['cli', 'report'],
};

/** What every folder may import. */
const openToAll = ['encode.ts', 'errors.ts', 'input.ts', 'lines.ts', 'record.ts', 'units.ts'];

/** So many sources of a folder are taken in at a look. */
const MOST_FILES = 15;

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

/** Imports over a wall, or of a value where only types may pass. */
function findBrokenWalls(edges: readonly Import[]): readonly Import[] {
  return edges.filter(({ from, to, typeOnly }) => {
    const [here, there] = [folderOf(from), folderOf(to)];
    if (here === there || here === 'index.ts') return false;
    if (openToAll.includes(there)) return false;
    if (!walls[here]?.includes(there)) return true;
    return (typesOnly[here]?.includes(there) ?? false) && !typeOnly;
  });
}

/** The circles of a directed graph, each as the path that closes it; one for each way in. */
function findCircles(pairs: readonly (readonly [string, string])[]): string[][] {
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

/** Type imports count: a reader follows them as well. */
function findFileCircles(edges: readonly Import[]): string[][] {
  return findCircles(edges.map(({ from, to }) => [from, to]));
}

function findFolderCircles(edges: readonly Import[]): string[][] {
  const between = edges.map(({ from, to }) => [dirname(from), dirname(to)] as const);
  return findCircles(between.filter(([from, to]) => from !== to && to !== '.'));
}

/** Folders with more sources than somebody takes in at a look; a folder's `index.ts` is its door. */
function findOverfullFolders(names: readonly string[]): string[] {
  const inside = names.filter((file) => file.includes(sep) && !/(?:^|[\\/])index\.ts$/.test(file));
  return [...Map.groupBy(inside, dirname)]
    .filter(([, files]) => files.length > MOST_FILES)
    .map(([folder]) => folder);
}

/** What a barrel exports by name. */
function countExports(barrel: string): { values: number; types: number; stars: number } {
  const lists = [...barrel.matchAll(/^export (type )?\{([^}]*)\}/gm)];
  const names = lists.flatMap(([, type, list = '']) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => type !== undefined || name.startsWith('type ')),
  );
  return {
    values: names.filter((isType) => !isType).length,
    types: names.filter((isType) => isType).length,
    stars: [...barrel.matchAll(/^export (?:type )?\*/gm)].length,
  };
}

/** Names that two files declare and export, each with those files; what generated code exports is none of theirs. */
function findSharedNames(
  texts: ReadonlyMap<string, string>,
): (readonly [string, readonly string[]])[] {
  const declared = [...texts].flatMap(([file, text]) => {
    const code = text.replaceAll(/`(?:[^`\\]|\\.)*`/g, '``');
    const found = code.matchAll(
      /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) ([\w$]+)/gm,
    );
    return [...found].map(([, name = '']) => ({ name, file }));
  });
  return [...Map.groupBy(declared, ({ name }) => name)]
    .map(([name, places]) => [name, [...new Set(places.map(({ file }) => file))]] as const)
    .filter(([, files]) => files.length > 1);
}

/** Source without comments. */
function readCode(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
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
    const expected = ['architecture.test.ts', 'index.ts', ...openToAll];
    expect(loose.filter((file) => !expected.includes(file) && !file.endsWith('.test.ts'))).toEqual(
      [],
    );
  });

  it('lets no folder import across its walls', () => {
    expect(findBrokenWalls(relatives)).toEqual([]);
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
    expect(findFileCircles(relatives)).toEqual([]);
  });

  it('has no circle of folders, types counted', () => {
    expect(findFolderCircles(relatives)).toEqual([]);
  });

  it('has at most fifteen sources a folder', () => {
    expect(findOverfullFolders(sources)).toEqual([]);
  });

  it('has a public API of at most 60 values and 120 types, each by its name', () => {
    const { values, types, stars } = countExports(readFileSync(join(root, 'index.ts'), 'utf8'));
    expect(stars).toBe(0);
    expect(values).toBeLessThanOrEqual(60);
    expect(types).toBeLessThanOrEqual(120);
  });

  it('gives each exported type and value a name of its own', () => {
    const named = files.filter((file) => !/\.test\.tsx?$/.test(file));
    const texts = new Map(named.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
    expect(findSharedNames(texts)).toEqual([]);
  });

  it('keeps the terminal and the process out of the commands', () => {
    const inside = sources.filter((file) => folderOf(file) === 'command');
    const bound = inside.filter((file) =>
      /(?<![.\w'])process\.|['"]node:(?:process|tty|readline)['"]|['"](?:commander|ink|react)['"]/.test(
        readCode(file),
      ),
    );
    expect(inside.length).toBeGreaterThan(0);
    expect(bound).toEqual([]);
  });

  it('prints, exits and reads the environment only in cli', () => {
    const loud = sources.filter(
      (file) =>
        folderOf(file) !== 'cli' &&
        /\bconsole\.|process\.(?:env|exit|stdout|stderr|argv)\b/.test(readCode(file)),
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

describe('the checks of the architecture find', () => {
  const edge = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly });

  it('an import over a wall, of a type too', () => {
    const over = edge('optimize/solve/solve.ts', 'replay/replay.ts', true);
    const value = edge('outcome/join.ts', 'judge/judge-run.ts');
    const good = [
      edge('cli/main.ts', 'index.ts'),
      edge('optimize/recommend.ts', 'statistics/mean.ts'),
      edge('outcome/join.ts', 'judge/judge-run.ts', true),
    ];
    expect(findBrokenWalls([...good, over, value])).toEqual([over, value]);
  });

  it('a circle that is closed by a type', () => {
    const there = edge('policy/decide.ts', 'policy/policy.ts');
    const back = edge('policy/policy.ts', 'policy/decide.ts', true);
    expect(findFileCircles([there])).toEqual([]);
    expect(findFileCircles([there, back])).toEqual([
      ['policy/decide.ts', 'policy/policy.ts', 'policy/decide.ts'],
    ]);
  });

  it('a circle of folders whose files have none', () => {
    const edges = [edge('a/x/one.ts', 'a/y/two.ts'), edge('a/y/three.ts', 'a/x/four.ts', true)];
    expect(findFileCircles(edges)).toEqual([]);
    expect(findFolderCircles(edges)).toEqual([['a/x', 'a/y', 'a/x']]);
  });

  it('a sixteenth file, the index not counted', () => {
    const files = [...Array(15).keys()].map((at) => join('judge', `${at}.ts`));
    expect(findOverfullFolders([...files, join('judge', 'index.ts')])).toEqual([]);
    expect(findOverfullFolders([...files, join('judge', 'one-more.ts')])).toEqual(['judge']);
  });

  it('a name that two files export, overloads and generated code aside', () => {
    const texts = new Map([
      ['policy/decide.ts', 'export interface Arm {}\nexport function decide(): void {}'],
      ['optimize/arm.ts', 'export type Arm = 1;\nexport function f(): 1;\nexport function f() {}'],
      ['gateway/carry.ts', 'const made = `\nexport function decide() {}`;\nexport { Arm };'],
    ]);
    expect(findSharedNames(texts)).toEqual([['Arm', ['policy/decide.ts', 'optimize/arm.ts']]]);
  });

  it('what a barrel exports', () => {
    const barrel =
      "export { type A, b, c as d } from './x.ts';\nexport type { E } from './y.ts';\nexport * from './z.ts';";
    expect(countExports(barrel)).toEqual({ values: 2, types: 2, stars: 1 });
  });
});
