import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemas } from '../src/command/config/json-schemas.ts';
import { configReference } from './config-reference.ts';

/**
 * Writes the published JSON Schemas and the reference of arb.yaml; a test fails where they are not
 * what the code says.
 */
const root = join(import.meta.dirname, '..');
mkdirSync(join(root, 'schemas'), { recursive: true });
for (const [name, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(join(root, 'schemas', name), `${JSON.stringify(schema, null, 2)}\n`);
}
writeFileSync(join(root, 'docs', 'arb-yaml.md'), configReference());
