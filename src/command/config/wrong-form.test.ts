import { expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { parseLine } from '../../workload/line.ts';
import { configSchema } from './schema.ts';

const targets = { a: { provider: 'openai', model: 'm' } };

function faultOf(config: unknown): string {
  try {
    parseInput(configSchema, config, 'arb.yaml');
    return '';
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

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
  [{ targets, quality: { judges: 'a' } }, 'quality.judges: must be a list; write judges: [...]'],
  [
    { targets, load: { ramp_ms: '3s' } },
    'load.ramp_ms: must be a number, without a unit or quotes',
  ],
  [{ targets, load: { ramp: 3 } }, 'unknown key "load.ramp"; did you mean "ramp_ms"?'],
  [{ targets, budget: { max: 5 } }, 'unknown key "budget.max"; did you mean "max_usd"?'],
  [
    { targets: { a: { ...targets.a, params: { seed: 1 } } } },
    'unknown key "targets.a.params.seed"; put it under set: {seed: ...}.',
  ],
  [['a'], 'must be an object; write defaults: ... (keys: defaults, targets, '],
  [{ targets, redact: { patterns: { A: 'x' } } }, 'redact.patterns.A: is no name: it begins with'],
])('says of a value of the wrong form in arb.yaml what to write', (config, text) => {
  expect(faultOf(config)).toContain(`arb.yaml: ${text}`);
});

// Each of these was taken in silence, or refused after the run was paid for.
it.each([
  [
    { budget: { per_target_usd: { aa: 5 } } },
    'budget.per_target_usd.aa: no target is named "aa"; ',
  ],
  [
    { quality: { judges: ['nobody'] } },
    'quality.judges.0: no target is named "nobody"; there are a',
  ],
  [
    { quality: { baseline: 'nobody' } },
    'quality.baseline: no target is named "nobody"; there are a, ',
  ],
  [
    { quality: { floor: 'high' } },
    'quality.floor: floor "high" is not understood. Write best-0.02',
  ],
  [{ quality: { per_task: { t: 90 } } }, 'quality.per_task.t: floor "90" is not understood. Write'],
  [
    { constraints: { residency: [{ when: { region: ['eu'] }, regions: ['eu'] }] } },
    'constraints.residency.0.when.region: "region" is no feature with values; use task, app, metadata',
  ],
  [
    { constraints: { slo: [{ metric: 'ttft_ms', at_most: 1, share: 1, when: { tsk: ['a'] } }] } },
    'constraints.slo.0.when.tsk: "tsk" is no feature with values; use task, app, metadata.<key>',
  ],
  [{ policy: { pin: ['aa'] } }, 'policy.pin.0: no target is named "aa"; did you mean "a"?'],
  [
    { policy: { forbid: [{ when: { task: ['t'] }, use: 'nobody' }] } },
    'policy.forbid.0.use: no target is named "nobody"; there are a',
  ],
  [{ policy: { by: ['tsk'] } }, 'policy.by.0: "tsk" is no feature; use task, app, metadata.<key>'],
  [{ redact: { patterns: { x: '[' } } }, 'redact.patterns.x: Invalid regular expression: /[/gu'],
])('refuses %o, which stands for nothing', (sections, text) => {
  expect(faultOf({ targets, ...sections })).toContain(`arb.yaml: ${text}`);
});

it('takes a baseline that is the log, a target or a policy file', () => {
  for (const baseline of ['recorded', 'a', 'routes.yaml', 'policies/today']) {
    expect(faultOf({ targets, quality: { baseline } })).toBe('');
  }
});

it.each([
  ['{"prompt":"a","expect":"x"}', 'expect: must be an object; write expect: {exact: ...} (keys: '],
  ['{"prompt":"a","expect":{"contain":"x"}}', 'unknown key "expect.contain"; did you mean'],
  ['{"prompt":"a","metadata":{"tags":["a"]}}', 'metadata.tags: must be text or a number or true'],
  ['{"prompt":5}', 'prompt: must be text'],
  ['{"prompt":"a","expect":{"exact":5}}', 'expect.exact: must be text'],
  [
    '{"prompt":"a","expect":{"tool_call":5}}',
    'expect.tool_call: must be an object; write tool_call: {name: ...} (keys: name, arguments, argument_keys)',
  ],
  ['{"prompt":"a","expect":{}}', 'expect: needs one of the keys exact, contains, regex, '],
  [
    '{"prompt":"a","expect":{"exact":"a","tolerance":1}}',
    'expect.tolerance: does not go with the keys beside it; write {number: ..., tolerance: ...}',
  ],
])('says of a workload line of the wrong form what to write', (line, text) => {
  const parsed = parseLine(line, 2);
  expect(parsed.state === 'invalid' && parsed.what.startsWith(text), JSON.stringify(parsed)).toBe(
    true,
  );
});
