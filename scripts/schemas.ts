import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyJsonSchema } from '../src/policy/write.ts';

/** Writes the published JSON Schemas; a test fails when they are not what the code says. */
const folder = join(import.meta.dirname, '..', 'schemas');
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'routes.v1.schema.json'),
  `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
);
