import { describe, expect, it } from 'vitest';
import { parseLine } from '../../workload/line.ts';
import { checkAnswer } from './check.ts';

const line = (expectation: object) =>
  parseLine(JSON.stringify({ prompt: 'Hi', expect: expectation }), 1);

/** What is wrong with the line, or nothing. */
function faultOf(expectation: object): string | undefined {
  const parsed = line(expectation);
  return parsed.state === 'invalid' ? parsed.what : undefined;
}

function checked(expectation: object, answer: string) {
  const parsed = line(expectation);
  if (parsed.state !== 'request') throw new Error(JSON.stringify(parsed));
  return checkAnswer(parsed.request.expect, { answer });
}

describe('a check that cannot be carried out is an error of its line', () => {
  it('a flag that JavaScript lacks, or a pattern that its flags forbid', () => {
    expect(faultOf({ regex: '^ok$', flags: 'x' })).toMatch(/regex: .*flags/i);
    expect(faultOf({ regex: 'a\\-b', flags: 'u' })).toMatch(/regex: .*escape/i);
    expect(faultOf({ regex: 'a\\-b', flags: 'i' })).toBeUndefined();
  });

  it('a schema that is none, that waits, or that takes the name of a draft for itself', () => {
    expect(faultOf({ json_schema: { type: 'strin' } })).toContain('cannot be read');
    expect(faultOf({ json_schema: { $async: true, type: 'object' } })).toContain('$async');
    const named = { $id: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
    expect(faultOf({ json_schema: named })).toContain('names a draft');
    expect(faultOf({ json_schema: { $ref: 'https://example.com/a' } })).toContain('cannot be read');
    expect(faultOf({ json_schema: { $schema: 'https://example.com/my-draft' } })).toContain(
      '$schema',
    );
  });

  it('a schema that is nested too deep, as any line is', () => {
    let deep: object = { type: 'string' };
    for (let i = 0; i < 200; i++) deep = { properties: { a: deep } };
    expect(faultOf({ json_schema: deep })).toContain('nested more than 64');
  });
});

describe('a JSON Schema is read by the draft that it names', () => {
  const list = { items: [{ type: 'number' }, { type: 'string' }] };

  // ajv-validator/ajv#2276: draft-07 is what zod-to-json-schema and most tools write.
  it.each([
    ['http://json-schema.org/draft-04/schema#', { minimum: 1, exclusiveMinimum: true }, '1', '2'],
    ['http://json-schema.org/draft-06/schema#', { exclusiveMinimum: 1 }, '1', '2'],
    [
      'http://json-schema.org/draft-07/schema#',
      { ...list, additionalItems: false },
      '[1,2]',
      '[1,"a"]',
    ],
    ['https://json-schema.org/draft/2019-09/schema', list, '[1,2]', '[1,"a"]'],
    [
      'https://json-schema.org/draft/2020-12/schema',
      { prefixItems: list.items, items: false },
      '[1,"a",2]',
      '[1,"a"]',
    ],
  ])('%s', (name, schema, wrong, right) => {
    const expectation = { json_schema: { $schema: name, ...schema } };
    expect(checked(expectation, right)?.quality).toBe(1);
    expect(checked(expectation, wrong)?.quality).toBe(0);
  });

  it('without a name by the newest draft under which it is valid', () => {
    expect(checked({ json_schema: { ...list, additionalItems: false } }, '[1,2]')?.quality).toBe(0);
    expect(checked({ json_schema: { minimum: 1, exclusiveMinimum: true } }, '1')?.quality).toBe(0);
  });
});

describe('a pattern that takes exponential time', () => {
  const answer = `${'a'.repeat(60)}b`;

  it('ends after a second and says nothing of the answer', () => {
    expect(checked({ regex: '^(a+)+$' }, answer)).toEqual({
      broken: 'regex: no end after 1000 ms (limits.check_ms)',
    });
    const schema = { type: 'string', pattern: '^(a+)+$' };
    expect(checked({ json_schema: schema }, JSON.stringify(answer))).toEqual({
      broken: 'json_schema: no end after 1000 ms (limits.check_ms)',
    });
    expect(checked({ regex: '^(a+)+$' }, 'aaa')?.quality).toBe(1);
  });
});
