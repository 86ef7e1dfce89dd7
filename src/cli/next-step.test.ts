import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findUnknown, readHelp } from './help.test.helper.ts';

const root = join(import.meta.dirname, '..');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /(?<!\.test|\.helper)\.tsx?$/.test(name),
);
/** What stands after `next: ` in a string of the sources. */
const steps = sources.flatMap((name) =>
  [...readFileSync(join(root, name), 'utf8').matchAll(/(?:["'`]|\\n)next: ([^"'`\n]*)/g)].map(
    ([, step = '']) => ({ name, step }),
  ),
);

it('a next step is a command that can be pasted as it stands, or a sentence', async () => {
  const help = await readHelp();
  expect(steps.length).toBeGreaterThan(20);
  const faults = steps.flatMap(({ name, step }) => {
    if (step.startsWith('$') || /^[A-Z][a-z]+ /.test(step)) return [];
    const tail = /[,;]| (?:and|or|with|then|which) /.test(step);
    const isCommand = step.startsWith('arb ') && !tail;
    const unknown = isCommand ? findUnknown(step, help) : [`${step}: no command alone`];
    return unknown.map((fault) => `${name}: ${fault}`);
  });
  expect(faults).toEqual([]);
});
