import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { arb, folderWith } from '../harness.test.helper.ts';

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(file, 'utf8');

/** What the schema that `file` names in its first lines finds wrong with it. */
function faultsBySchemaOf(file: string): unknown {
  const text = read(file);
  const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text) ?? [];
  return faultsBy(join(dirname(file), schema), parse(text, { merge: true }));
}

function faultsBy(schema: string, value: unknown): unknown {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(read(schema)));
  return validate(value) ? [] : validate.errors;
}

it.each([
  ['init', ['init'], { OPENAI_API_KEY: 'k', AZURE_OPENAI_API_KEY: 'k' }],
  ['init --demo', ['init', '--demo'], {}],
])(
  'arb %s writes an arb.yaml that names a schema beside it, and is right by it',
  async (_, args, env) => {
    const file = join(folderWith({}), 'arb.yaml');
    const { code } = await arb([...args, '--out', file], { env });
    expect(code).toBe(0);
    expect(faultsBySchemaOf(file)).toEqual([]);
  },
);

it('arb recommend --out writes a policy that names a schema beside it, and says of each rule what it saves and risks', async () => {
  const folder = folderWith({});
  cpSync(join(root, 'fixtures/released/0.1'), folder, { recursive: true });
  const file = join(folder, 'new', 'routes.yaml');
  const { code } = await arb(['recommend', join(folder, 'run'), '--out', file]);
  expect(code).toBe(0);
  expect(faultsBySchemaOf(file)).toEqual([]);
  const lines = read(file).split('\n');
  const rules = lines.flatMap((line, at) => (line.startsWith('  - name: ') ? [at] : []));
  expect(rules.length).toBeGreaterThan(1);
  for (const at of rules) {
    expect(lines[at - 1]).toMatch(
      /^ {2}# \d+\.\d % of requests; (?:saves nothing|(?:saves|adds) \$\S+ per 1,000 requests); quality [+-]?\d+\.\d points \([+-]\d+\.\d to [+-]\d+\.\d\)/,
    );
  }
});

it('the market, the workload and the rows of arb are right by their published schemas', () => {
  const schema = (name: string) => join(root, 'schemas', `${name}.v1.schema.json`);
  const linesOf = (file: string) =>
    read(join(root, file))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const market = parse(read(join(root, 'fixtures/practice.market.yaml')), { merge: true });
  expect(faultsBy(schema('market'), market)).toEqual([]);
  for (const line of linesOf('fixtures/practice.workload.jsonl').slice(0, 50)) {
    expect(faultsBy(schema('workload'), line)).toEqual([]);
  }
  // The first line says what the file is.
  for (const row of linesOf('fixtures/released/0.1/run/outcomes.jsonl').slice(1, 50)) {
    expect(faultsBy(schema('outcomes'), row)).toEqual([]);
  }
});
