import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { configReference } from '../../../scripts/config-reference.ts';
import { outcomeRowSchema } from '../../outcome/row.ts';
import { jsonSchemas } from './json-schemas.ts';
import { configSchema } from './schema.ts';

const root = join(import.meta.dirname, '..', '..', '..');

it('publishes in schemas/ what the code reads; "npm run schemas" brings it up to date', () => {
  const schemas = jsonSchemas();
  expect(readdirSync(join(root, 'schemas')).sort()).toEqual(Object.keys(schemas).sort());
  for (const [name, schema] of Object.entries(schemas)) {
    const published: unknown = JSON.parse(readFileSync(join(root, 'schemas', name), 'utf8'));
    expect(published, name).toEqual(JSON.parse(JSON.stringify(schema)));
  }
});

it('documents arb.yaml as its schema is, with an example that parses', () => {
  const page = readFileSync(join(root, 'docs', 'arb-yaml.md'), 'utf8');
  expect(page).toBe(configReference());
  const example = /```yaml\n(targets:[\s\S]*?)```/.exec(page)?.[1] ?? '';
  expect(configSchema.safeParse(parse(example)).error).toBeUndefined();
});

it('describes every key of arb.yaml, and those at the top of the other files', () => {
  const bare: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, ...rest } = node as { properties?: Record<string, object> };
    for (const [key, child] of Object.entries(properties ?? {})) {
      if (!JSON.stringify(child).includes('"description"')) bare.push(`${path}.${key}`);
      if (path.startsWith('arb')) visit(child, `${path}.${key}`);
    }
    if (path.startsWith('arb')) for (const child of Object.values(rest)) visit(child, path);
  };
  const { 'routes.v1.schema.json': _, ...own } = jsonSchemas();
  for (const [name, schema] of Object.entries(own)) visit(schema, name);
  expect(bare).toEqual([]);
});

it('takes the rows that arb writes as rows of its own schema', () => {
  const row = {
    ...{ request_id: 'r', target: 't', pass: 1, status: 'ok', attempts: 1, input_tokens: 4 },
    ...{ cost_usd: 0.01, quality: 1, quality_kind: 'check', ttft_ms: 5, features: { app: 'a' } },
  };
  expect(outcomeRowSchema.safeParse(row).error).toBeUndefined();
  expect(outcomeRowSchema.safeParse({ ...row, quality: 2 }).success).toBe(false);
});
