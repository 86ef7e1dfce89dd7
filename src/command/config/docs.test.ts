import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectationNames } from '../../workload/expectation.ts';
import { parseLine } from '../../workload/line.ts';

const page = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../docs', `${name}.md`), 'utf8');
const blockIn = (text: string, language: string) =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? '';

it('shows a workload line that is read, and every form of expect', () => {
  const line = JSON.stringify(JSON.parse(blockIn(page('workload'), 'json')));
  expect(parseLine(line, 1)).toMatchObject({ state: 'request', request: { id: 'r-1' } });
  for (const name of expectationNames) expect(page('workload')).toContain(`{"${name}": `);
});
