import { expect, it } from 'vitest';
import type { DrillFigures } from '../../verify/drill-figures.ts';
import type { CheckRow } from '../../verify/verify.ts';
import { describeVerification } from './verification.ts';
import { measureWidth } from './width.ts';

const row = (id: string, target: string) =>
  ({
    ...{ id, state: 'elsewhere', status: 200, landed: { target } },
    decided: { rule: 'eu', targets: ['small'] },
  }) as unknown as CheckRow;

it('says once how many requests landed at one wrong place', () => {
  const landing = [row('a', 'big'), row('b', 'big'), row('c', 'other')];
  expect(describeVerification({ landing }, 80)).toEqual([
    '0 of 3 requests landed where the policy says',
    '2 of 3 requests, e.g. a: elsewhere: rule eu says small, it went to big',
    'c: elsewhere: rule eu says small, it went to other',
  ]);
});

it('keeps both ends of long names in a drill, and wide ones within the terminal', () => {
  const names = [
    'the-provider-of-models/with-a-name-of-45-let1',
    '通义千问-大模型-七十二亿参数-指令版本二',
  ];
  const steps = names.map((name, at) => ({
    ...{ rule: 'r', request: 'q', down: [], expected: [name], landed: name, status: 200 },
    ...{ verdict: 'in-order', latency_ms: 10, added_ms: at, cost_usd: 0.1 },
  }));
  const rules = [{ rule: 'r', state: 'drilled', passed: 2, steps: 2 }];
  const drill = { steps, rules, failure: 'timeout', time_scale: 1 } as unknown as DrillFigures;
  const lines = describeVerification({ landing: [], drill }, 80);
  for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(80);
  expect(lines.join('\n')).toMatch(/the-p\S*…\S*let1/);
  expect(lines.join('\n')).toMatch(/通\S*…\S*二/);
});
