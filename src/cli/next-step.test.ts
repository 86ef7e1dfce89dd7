import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commands } from './commands.ts';

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

it('a next step is a command that can be pasted as it stands, or a sentence', () => {
  expect(steps.length).toBeGreaterThan(20);
  const isSentence = /^[A-Z][a-z]+ .*[.?]?/;
  const faults = steps.filter(({ step }) => {
    if (step.startsWith('$') || isSentence.test(step)) return false;
    const [, verb = '', rest = ''] = /^arb ([a-z]+)(.*)$/.exec(step) ?? [];
    return !Object.hasOwn(commands, verb) || /[,;]| (?:and|or|with|then|which) /.test(rest);
  });
  expect(faults).toEqual([]);
});
