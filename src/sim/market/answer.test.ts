import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAnswer } from '../../judge/check/check.ts';
import type { Expectation } from '../../workload/expectation.ts';
import { rightAnswer, wrongAnswer } from './answer.ts';
import { filler } from './filler.ts';
import { readQuestion, type SimulatedCheck } from './question.ts';
import { drawsFor } from './random.ts';

const word = fc.stringMatching(/^[A-Z][a-z]{3,9}-[0-9]{2,5}$/);
const labels = fc.uniqueArray(fc.stringMatching(/^[a-z]{4,10}$/), { minLength: 2, maxLength: 6 });
const expectations: fc.Arbitrary<object> = fc.oneof(
  word.map((exact) => ({ exact })),
  fc.array(word, { minLength: 1, maxLength: 4 }).map((contains) => ({ contains })),
  word.map((regex) => ({ regex })),
  fc.record({ number: fc.integer({ min: -1e6, max: 1e6 }), tolerance: fc.constantFrom(0, 0.5, 3) }),
  fc
    .double({ min: -500, max: 500, noNaN: true })
    .map((x) => ({ number: Math.round(x * 100) / 100 })),
  labels.chain((of) => fc.constantFrom(...of).map((choice) => ({ choice, of }))),
  labels.map((required) => ({
    json_schema: {
      type: 'object',
      required,
      additionalProperties: false,
      properties: Object.fromEntries(
        required.map((name, index) => [
          name,
          [
            { type: 'string', minLength: 3 },
            { type: 'integer', minimum: 4 },
            { const: name },
            { enum: ['EUR', 'USD'] },
            { type: 'array', items: { type: 'boolean' }, minItems: 2 },
            { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'null' }] },
          ][index],
        ]),
      ),
    },
  })),
  word.map((name) => ({ tool_call: { name, arguments: { day: name, count: 3 } } })),
);

describe('a simulated answer', () => {
  it('passes the deterministic check when it is right, and fails it when it is wrong', () => {
    fc.assert(
      fc.property(
        expectations,
        fc.integer({ min: 1, max: 200 }),
        fc.nat(),
        (check, tokens, seed) => {
          const question = { id: 'q', hash: 'h', expect: [check as SimulatedCheck] };
          const judged = (make: typeof rightAnswer) => {
            const said = make(question, { tokens, draws: drawsFor(seed, 'words') });
            const answer = { answer: said.text, tool_calls: said.toolCalls };
            return checkAnswer([check as Expectation], answer)?.quality;
          };
          expect(judged(rightAnswer)).toBe(1);
          expect(judged(wrongAnswer)).toBe(0);
        },
      ),
    );
  });

  it('passes a choice, a passage and a number at once', () => {
    const expectation = [
      { choice: 'no', of: ['yes', 'no'] },
      { contains: 'clause 7' },
      { number: 12 },
    ];
    const style = { tokens: 80, draws: drawsFor(1, 'words') };
    const said = rightAnswer({ id: 'q', hash: 'h', expect: expectation }, style);
    expect(checkAnswer(expectation, { answer: said.text })?.quality).toBe(1);
  });

  it('is about as long as it was dialled, whatever it must contain', () => {
    for (const tokens of [20, 60, 240, 900]) {
      const style = { tokens, draws: drawsFor(3, tokens) };
      const question = { id: 'q', hash: 'h', expect: [{ contains: ['ORD-1'] }, { number: 4 }] };
      const bytes = Buffer.byteLength(rightAnswer(question, style).text);
      expect(Math.abs(bytes / 4 - tokens)).toBeLessThanOrEqual(5);
    }
  });

  it('never has what it was told to avoid in its prose', () => {
    expect(filler(drawsFor(1, 'x'), 400, ['The', 'question']).toLowerCase()).not.toMatch(
      /the|question/,
    );
  });

  it('takes prompt lines and batch lines as questions', () => {
    const place = { file: 'w', line: 3 };
    const short = readQuestion({ id: 'a', prompt: 'hi' }, place);
    const batch = readQuestion(
      { custom_id: 'b', body: { messages: [{ role: 'user', content: 'hi' }] } },
      place,
    );
    expect(short?.hash).toBe(batch?.hash);
    expect(batch?.id).toBe('b');
    expect(readQuestion({ prompt: 'hi', metadata: { task: 'rag' } }, place)?.task).toBe('rag');
    expect(readQuestion({ kind: 'workload', version: 1 }, { file: 'w', line: 1 })).toBeUndefined();
  });
});
