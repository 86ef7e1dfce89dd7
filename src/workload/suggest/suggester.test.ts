import { describe, expect, it } from 'vitest';
import { type Answered, Suggester } from './suggester.ts';

const answered = (at: number, answer: string, more: Partial<Answered> = {}): Answered => ({
  id: `r-${at}`,
  task: 't',
  metadata: {},
  body: { messages: [{ role: 'user', content: `Question ${at}` }] },
  recorded: { answer },
  ...more,
});

function suggested(requests: readonly Answered[]) {
  const suggester = new Suggester();
  for (const each of requests) suggester.learn(each);
  for (const each of requests) suggester.test(each);
  return { found: suggester.result(), of: (each: Answered) => suggester.suggest(each) };
}

const many = (answer: (at: number) => string) =>
  Array.from({ length: 200 }, (_, at) => answered(at, answer(at)));

describe('suggested checks', () => {
  it('are a choice where all answers are of a closed set, as agreement with what was recorded', () => {
    const requests = many((at) => ['yes', 'no', 'unclear'][at % 3] ?? '');
    const { found, of } = suggested(requests);
    expect(found).toMatchObject([{ group: 't', check: 'choice', kind: 'agreement', isSafe: true }]);
    expect(of(answered(1, 'no'))).toEqual({
      choice: 'no',
      of: ['no', 'unclear', 'yes'],
      source: 'recorded',
    });
    expect(of(answered(1, 'maybe'))).toBeUndefined();
  });

  it('are a number where all answers are one', () => {
    const { of } = suggested(many((at) => `${at * 1_000}.5`));
    expect(of(answered(1, '1,234.50'))).toEqual({ number: 1234.5, source: 'recorded' });
  });

  it('are the schema that answers in JSON have in common, which is a check', () => {
    const json = many((at) =>
      JSON.stringify({
        id: at,
        tags: [],
        at: { x: at % 2 ? null : 'a' },
        ...(at % 2 && { more: 1 }),
      }),
    );
    const { found, of } = suggested(json);
    expect(found).toMatchObject([{ check: 'json_schema', kind: 'check', isSafe: true }]);
    expect(of(json[0] as Answered)).toEqual({
      json_schema: {
        type: 'object',
        required: ['id', 'tags', 'at'],
        properties: {
          id: { type: 'number' },
          tags: { type: 'array' },
          at: { type: 'object', required: ['x'], properties: { x: { type: expect.any(Array) } } },
        },
      },
    });
  });

  it('are the schema that the request asks for, where it asks for one', () => {
    const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] };
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    const requests = many((at) => `{"a":${at}}`).map((each) => ({
      ...each,
      body: { ...each.body, response_format },
    }));
    expect(suggested(requests).of(requests[0] as Answered)).toEqual({ json_schema: schema });
  });

  it('are the call of a tool with its name and argument names', () => {
    const requests = many(() => '').map((each, at) => ({
      ...each,
      recorded: { tool_calls: [{ name: 'find', arguments: `{"id":${at}}` }] },
    }));
    expect(suggested(requests).of(requests[0] as Answered)).toEqual({
      tool_call: { name: 'find', argument_keys: ['id'] },
      source: 'recorded',
    });
  });

  it('are none for free text, for few answers, and for a form that the other half does not have', () => {
    expect(suggested(many((at) => `A long answer about ${at}`)).found).toEqual([]);
    expect(suggested(many(() => 'yes').slice(0, 20)).found).toEqual([]);
    // Answers that are repeated in the learned half only by chance are no choice in the other.
    const learned = new Suggester();
    const requests = many((at) => String(at));
    for (const each of requests) learned.learn(each);
    for (const each of requests) learned.test({ ...each, recorded: { answer: 'text' } });
    expect(learned.result()).toMatchObject([{ check: 'number', met: 0, isSafe: false }]);
    expect(learned.suggest(answered(1, '5'))).toBeUndefined();
  });
});
