import { expect, it } from 'vitest';
import { findSchemaFault, findUnusableSchema } from './json-schema.ts';

it('takes schemas that differ in the values of const for alike, and validates by each', () => {
  const total = (value: unknown) => ({ properties: { total: { const: value } } });
  for (const value of ['12', 12, { a: 1 }, [1], null]) {
    expect(findUnusableSchema(total(value))).toBeUndefined();
    expect(findSchemaFault(total(value), { total: value })).toBeUndefined();
    expect(findSchemaFault(total(value), { total: 'other' })).toMatch(/must be equal to constant/);
  }
});

it('reads a property called const as a schema', () => {
  expect(findUnusableSchema({ properties: { const: { type: 'string' } } })).toBeUndefined();
  for (const schema of ['text', 5, { type: 'strin' }]) {
    expect(findUnusableSchema({ properties: { const: schema } })).toMatch(/cannot be read/);
  }
  expect(findUnusableSchema({ required: 'const', const: 'text' })).toMatch(/cannot be read/);
});
