import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which folder may import which; `errors` and `units` are open to all. The pipeline, executable. */
const walls: Record<string, readonly string[]> = {
  workload: [],
  statistics: [],
  sim: [],
  provider: ['workload'],
  price: ['workload', 'provider'],
  replay: ['workload', 'provider', 'price'],
  measure: ['replay', 'statistics'],
  judge: ['workload', 'provider', 'price', 'replay', 'statistics'],
  outcome: ['workload', 'replay', 'judge'],
  policy: ['workload'],
  optimize: ['workload', 'outcome', 'policy', 'statistics'],
  export: ['policy'],
  store: ['workload', 'replay', 'measure', 'judge', 'outcome', 'policy'],
  report: ['store', 'measure', 'judge', 'outcome', 'policy', 'optimize', 'statistics'],
  serve: ['workload', 'provider', 'price', 'replay', 'policy'],
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
  yaml: ['policy', 'sim', 'export', 'cli'],
  undici: ['provider'],
  'eventsource-parser': ['provider'],
  '@pydantic/genai-prices': ['price'],
  'gpt-tokenizer': ['workload'],
  'p-queue': ['replay'],
  'hdr-histogram-js': ['measure'],
  ajv: ['judge'],
  'ajv-formats': ['judge'],
  'pure-rand': ['statistics', 'sim', 'replay'],
  '@stdlib/*': ['statistics'],
  'csv-parse': ['judge'],
  'csv-stringify': ['store'],
  echarts: ['report'],
  commander: ['cli'],
  ink: ['cli'],
  react: ['cli'],
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

const imports = sources.flatMap(importsOf);
const relatives = imports
  .filter(({ to }) => to.startsWith('.'))
  .map((found) => ({ ...found, to: relative(root, join(root, dirname(found.from), found.to)) }));

describe('the architecture', () => {
  it('has only the folders of the pipeline', () => {
    const folders = new Set(files.filter((file) => file.includes(sep)).map(folderOf));
    expect([...folders].filter((folder) => !(folder in walls))).toEqual([]);
    const loose = files.filter((file) => !file.includes(sep));
    const expected = ['architecture.test.ts', 'errors.ts', 'index.ts', 'units.ts'];
    expect(loose.filter((file) => !expected.includes(file) && !file.endsWith('.test.ts'))).toEqual(
      [],
    );
  });

  it('lets no folder import across its walls', () => {
    const broken = relatives.filter(({ from, to, typeOnly }) => {
      const [here, there] = [folderOf(from), folderOf(to)];
      if (here === there || here === 'index.ts') return false;
      if (['errors.ts', 'units.ts'].includes(there)) return false;
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

  it('has no import cycle', () => {
    const edges = Map.groupBy(
      relatives.filter(({ typeOnly }) => !typeOnly),
      ({ from }) => from,
    );
    const done = new Set<string>();
    const cycles: string[][] = [];
    const visit = (file: string, path: string[]) => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file]);
      if (path.includes(file) || done.has(file)) return;
      for (const { to } of edges.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(cycles).toEqual([]);
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

  it('has one barrel', () => {
    const barrels = sources.filter((file) =>
      /(?:^|\/)index\.tsx?$/.test(file.replaceAll(sep, '/')),
    );
    expect(barrels.filter((file) => file !== 'index.ts')).toEqual([]);
  });

  it('keeps every file small enough to read', () => {
    const lines = sources.map((file) => ({
      file,
      lines: readFileSync(join(root, file), 'utf8').split('\n').length,
    }));
    expect(lines.filter(({ lines }) => lines > 400)).toEqual([]);
  });
});
