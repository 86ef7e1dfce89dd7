import { expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { parseLine } from '../../workload/line.ts';
import { configSchema } from './schema.ts';

const targets = { a: { provider: 'openai', model: 'm' } };

it.each([
  [{ targets, budget: 5 }, 'budget: must be an object; write budget: {max_usd: ...} (keys: '],
  [
    { targets: { a: { ...targets.a, temperature: 0 } } },
    'unknown key "targets.a.temperature"; put it under params: {set: {temperature: ...}}.',
  ],
  [{ targets, load: { concurrency: 0 } }, 'load.concurrency: must be at least 1'],
  [{ targets, load: { mode: 'open' } }, 'load.mode: must be one of closed, constant, poisson'],
  [{ targets: { a: { model: 'm' } } }, 'targets.a.provider: is missing; it is text'],
  [{ targets, quality: { floor: true } }, 'quality.floor: must be text or a number'],
])('says of a value of the wrong form in arb.yaml what to write', (config, text) => {
  let said = '';
  try {
    parseInput(configSchema, config, 'arb.yaml');
  } catch (error) {
    if (error instanceof UsageError) said = error.message;
  }
  expect(said).toContain(`arb.yaml: ${text}`);
});

it.each([
  ['{"prompt":"a","expect":"x"}', 'expect: must be an object; write expect: {exact: ...} (keys: '],
  ['{"prompt":"a","expect":{"contain":"x"}}', 'unknown key "expect.contain"; did you mean'],
  ['{"prompt":"a","metadata":{"tags":["a"]}}', 'metadata.tags: must be text or a number or true'],
  ['{"prompt":5}', 'prompt: must be text'],
])('says of a workload line of the wrong form what to write', (line, text) => {
  const parsed = parseLine(line, 2);
  expect(parsed.state === 'invalid' && parsed.what.startsWith(text), JSON.stringify(parsed)).toBe(
    true,
  );
});
