import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { policyJsonSchema } from './write.ts';

it('publishes the schema that the code reads by (npm run schemas writes it)', () => {
  const published = JSON.parse(readFileSync('schemas/routes.v1.schema.json', 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
});
