import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { usageFields } from './usage-fields.ts';

const page = readFileSync(new URL('../../../docs/usage.md', import.meta.url), 'utf8');

it.each(Object.entries(usageFields))('docs/usage.md lists every field of %s', (_, table) => {
  const missing = Object.keys(table).filter((field) => !page.includes(`\`${field}\``));
  expect(missing).toEqual([]);
});
